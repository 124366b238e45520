"""Variants and confidence by the HTTP API, of a model that ships."""

import io

import numpy as np
import pytest
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.inference.catalog import shipped_folder
from tests.drawing import draw_photo

pytest.importorskip("gradio", reason="needs the extra web")


def test_gives_variants_by_their_seed_and_the_confidence(visit, colorizer, rng):
    cnn = Colorizer(shipped_folder("cnn"), runtime="onnx", size=32)
    buffer = io.BytesIO()
    pixels = draw_photo(rng)
    Image.fromarray(pixels).save(buffer, "PNG")
    web = visit(cnn, colorizer)

    def answer(**query):
        asked = web.post("/api/colorize", params=query, content=buffer.getvalue())
        assert asked.status_code == 200, asked.text
        return np.asarray(Image.open(io.BytesIO(asked.content)))

    for seed, expected in enumerate(cnn.variants(pixels, 2)):
        np.testing.assert_array_equal(answer(seed=seed), expected)
    sure = cnn.colorize(pixels, return_confidence=True)[1]
    np.testing.assert_allclose(answer(confidence=True)[..., 0], 255 * sure, atol=0.51)
    other = web.post(
        "/api/colorize", params={"seed": 1, "model": colorizer.name}, content=buffer.getvalue()
    )
    assert "choose another --model" in other.text
