"""Saying colors on the page that needs no server: what Python makes of the same hints."""

import json
import os

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer_tf import Colorizer, Hint
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.networks import LOGITS, HintHead, hint_head, unet, write_hint_head
from tests.export.formats.conftest import PACKED
from tests.export.formats.test_web import (
    browser,
    difference,
    downloaded,
    give,
    needs_chromium,
    needs_runtime,
    opened,
    served,
)

__all__ = ["browser", "opened"]

pytestmark = [
    *(needs_runtime, needs_chromium),
    pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB.*negative Z values:UserWarning"),
]


@pytest.fixture(scope="module")
def address(hinted_model):
    with served(hinted_model) as address:
        yield address


@pytest.fixture(scope="module")
def hinted_model(tmp_path_factory):
    """A network with color classes and features for hints."""
    keras.utils.set_random_seed(2)
    network = unet((8, 16), head="classes", ab_stride=4, norm="none", temperature=0.5)
    kernel = network.get_layer(LOGITS).kernel
    kernel.assign(np.random.default_rng(0).normal(0, 1, kernel.shape))
    folder = tmp_path_factory.mktemp("models")
    head = hint_head(network.get_layer(LOGITS).input.shape[-1])
    write_hint_head(HintHead(head, (4.0, 2.0, 1.0, 0.5)), folder / "head.npz")
    options = ExportOptions(formats=("savedmodel", "onnx", "web"), web_runtime=str(PACKED),
                            hints=str(folder / "head.npz"))  # fmt: skip
    return export_network(network, 4, folder / "shown", size=64, ab_stride=4, options=options)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(skimage.data.astronaut()[:200, 100:400]).save(path)
    return path


def loaded(page, tmp_path, hints):
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"format_version": 1, "photos": {"photo.png": hints}}))
    page.set_input_files("#load", path)
    page.locator("#list li").nth(len(hints) - 1).wait_for()
    page.locator("body:not(.busy)").wait_for()


HINTS = [
    {"x": 100, "y": 60, "color": "#a01818", "radius": "4%"},
    {"x": "80%", "y": "50%", "color": "skyblue"},
    {"x": 200, "y": 190, "color": "lab(50 90 -110)", "radius": 12},
    {"x": 20, "y": 180, "color": "keep"},
]


@pytest.mark.parametrize("name", ["hinted_model", "model"])
def test_hints_are_python_s(opened, photo, tmp_path, request, name):
    folder = request.getfixturevalue(name)
    colorizer, hints = Colorizer(folder), [Hint(**hint) for hint in HINTS]
    with served(folder) as address:
        page = opened(1280, 900, address)
        give(page, photo)
        page.click("#say")
        loaded(page, tmp_path, HINTS)
        page.locator('#status:has-text("has no such color")').wait_for()
        result = downloaded(page, "#png", tmp_path)
        # What lies right at the height of an edge may fall on either side of it.
        assert difference(result, colorizer.colorize(photo, hints=hints)) < 0.25
        assert difference(result, colorizer.colorize(photo)) > 2
        page.locator("#strength").focus()
        page.keyboard.press("Home")
        page.locator("body:not(.busy)").wait_for()
        weak = downloaded(page, "#png", tmp_path)
        assert difference(weak, colorizer.colorize(photo, hints=hints, strength=0)) < 0.25


def test_a_person_says_colors(opened, hinted_model, photo, tmp_path):
    page = opened(390, 844)
    give(page, photo)
    page.click("#say")
    box = page.locator("#layer").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.4)
    page.locator("body:not(.busy)").wait_for()
    page.locator("#color").fill("#2040c0")
    page.locator("#radius").fill("3")
    page.click("#add")
    page.keyboard.press("ArrowLeft")
    page.click("#keep")
    assert page.locator("#list li").count() == page.locator(".hint").count() == 2
    page.locator("#list li").first.get_by_label("Delete hint 1").click()
    assert page.locator(".hint").count() == 1
    page.keyboard.press("Control+z")
    assert page.locator(".hint").count() == 2
    page.locator("body:not(.busy)").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if os.environ.get("SHOT"):
        page.screenshot(path=os.environ["SHOT"], full_page=True)
    saved, picture = (downloaded(page, button, tmp_path) for button in ("#save", "#png"))
    (hints,) = json.loads(saved.read_text())["photos"].values()
    assert [hint["color"] for hint in hints] == ["#2040c0", "keep"]
    assert [hint.get("radius") for hint in hints] == ["3%", "3%"]
    expected = Colorizer(hinted_model).colorize(photo, hints=[Hint(**hint) for hint in hints])
    assert difference(picture, expected) < 0.25
    # Another photo begins without hints.
    Image.open(photo).rotate(180).save(tmp_path / "other.png")
    page.set_input_files("#file", tmp_path / "other.png")
    page.locator("#list:not(:has(li))").wait_for(state="attached")
