"""The page's sliders: what they say, and when they warn or hide."""

import io

import numpy as np
import pytest
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.service import ColorizeService
from tests.drawing import draw_photo

pytest.importorskip("gradio", reason="needs the extra web")
from colorizer_tf.serve.page_events import PageEvents, size_settings, temperature_settings


@pytest.fixture
def trained(saved_model):
    """A model that was trained at 64 px."""
    colorizer = Colorizer(saved_model, runtime="onnx")
    colorizer.info |= {"trained_at": 64}
    return colorizer


def components(web, name):
    config = web.get("/config").json()["components"]
    return [each["props"] for each in config if each["props"].get("elem_id") == name]


def test_the_size_slider_tells_the_trained_size_and_warns_beyond_it(visit, trained):
    (slider,) = components(visit(trained), "size")
    assert (slider["minimum"], slider["maximum"], slider["value"]) == (32, 512, 32)
    assert "trained at 64" in slider["info"]
    assert "keep the photo's own size" in slider["info"]
    events = PageEvents(ColorizeService([trained], ServeOptions()), None)
    for size, visible in ((32, False), (64, False), (96, True)):
        warning = events.warn_of_size("", size)
        assert warning.visible is visible
        assert ("64 px" in warning.value) is visible


def test_a_model_of_unknown_training_size_gets_no_advice(colorizer):
    settings = size_settings(ColorizeService([colorizer], ServeOptions()), colorizer)
    assert "trained" not in settings["info"]


def test_temperature_is_offered_for_models_with_a_distribution(visit, colorizer, class_model):
    assert temperature_settings(colorizer) == {"visible": False}
    (slider,) = components(visit(class_model, colorizer), "temperature")
    assert (slider["value"], slider["visible"]) == (0.5, True)
    events = PageEvents(ColorizeService([class_model, colorizer], ServeOptions()), None)
    for name, visible in (("classes", True), ("wild", False)):
        _, slider = events.update_settings(name)
        assert slider.visible is visible


def test_the_api_takes_a_temperature_where_the_model_does(visit, class_model, colorizer, rng):
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(rng)).save(buffer, "PNG")
    photo, web = buffer.getvalue(), visit(class_model, colorizer)
    for temperature in (0.1, 1):
        settings = {"temperature": temperature}
        answer = web.post("/api/colorize", params=settings, content=photo)
        found = np.asarray(Image.open(io.BytesIO(answer.content)))
        np.testing.assert_array_equal(found, class_model.colorize(photo, **settings))
    for settings in ({"temperature": 2}, {"temperature": 0.5, "model": "wild"}):
        answer = web.post("/api/colorize", params=settings, content=photo)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("temperature: ")
