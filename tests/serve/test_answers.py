"""The panel below the page's result: other likely colors, and where the model is sure."""

import types

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.photo import PhotoRequest
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles
from tests.drawing import draw_photo

pytest.importorskip("gradio", reason="needs the extra web")
import gradio

from colorizer_tf.serve.page_answers import PageAnswers, overlay
from colorizer_tf.serve.page_results import colorize_photos


@pytest.fixture
def events(class_model, colorizer, tmp_path):
    """The panel of a server with a model that has several answers, and one that has not."""
    service = ColorizeService([class_model, colorizer], ServeOptions())
    yield PageAnswers(service, SessionFiles(tmp_path, 60))
    service.close()


@pytest.fixture
def shown(events, rng, tmp_path):
    """Gives the page's result for a photo, by a model."""
    path = tmp_path / "uncle.png"
    Image.fromarray(draw_photo(rng, 40, 56)).save(path)

    def result(model):
        request = PhotoRequest(model, 32, options=ColorizeOptions(strength=0.5))
        return next(
            colorize_photos(events._service, events._files, [path], request, lambda *_: None)
        )

    return result


def read(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_gives_answers_to_choose_from(events, shown, class_model):
    own = shown("classes")
    assert [each[1].visible for each in (events.fresh(own), events.fresh(shown("wild")))] == [1, 0]
    seen = [(gallery.value, answers) for gallery, answers in events.vary(own, 2, 5)]
    assert [len(answers) for _, answers in seen] == [2, 3]
    gallery, answers = seen[-1]
    assert [each["caption"] for each in gallery] == ["Its own", "Seed 5", "Seed 6"]
    drawn = class_model.variants(read(own.photo), 2, 5, strength=0.5, size=32)
    for number, expected in enumerate(drawn, 1):
        assert answers[number].file.name == f"uncle_colorized-{number}.png"
        np.testing.assert_array_equal(read(answers[number].file), expected)
    chosen = events.choose(answers, types.SimpleNamespace(index=2))
    assert chosen[0] == (str(answers[2].before), str(answers[2].after))
    assert chosen[2].file == answers[2].file
    # Asked again about a variant, it is the photo that has other answers.
    *_, (_, again) = events.vary(chosen[2], 1, 5)
    assert again[0].file == own.file


def test_shows_where_the_model_is_sure(events, shown, class_model):
    own = shown("classes")
    after, shown_map = events.show_confidence(own, asked=True)
    assert after == str(own.after)
    sure = class_model.colorize(read(own.photo), return_confidence=True, size=32)[1]
    # Viridis: the more sure, the more of yellow, which has much green.
    green = read(shown_map)[..., 1] - 0.4 * read(own.before)[..., 1]
    assert np.corrcoef(green.ravel(), sure.ravel())[0, 1] > 0.9
    assert events.show_confidence(own, asked=False) == (str(own.before), str(own.after))


def test_says_what_is_wrong(events, shown):
    with pytest.raises(gradio.Error, match="choose a photo first"):
        next(events.vary(None, 2, 0))
    own = shown("classes")
    own.photo.write_bytes(b"no photo")
    with pytest.raises(gradio.Error, match="not a picture"):
        next(events.vary(own, 2, 0))
    own.photo.unlink()
    with pytest.raises(gradio.Error, match="the upload has expired"):
        events.show_confidence(own, asked=True)


def test_the_overlay_goes_from_violet_to_yellow():
    colors = overlay(np.zeros((2, 2, 3), np.uint8), np.array([[0, 255], [255, 0]], np.uint8))
    # Ends of viridis (Smith and van der Walt 2015).
    np.testing.assert_allclose(colors[0], 0.6 * np.array([[68, 1, 84], [253, 231, 37]]), atol=2)
