"""The models that ship: small, whole, told of, and coloring photos they have no copy of."""

import socket
from pathlib import Path

import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colorizer_tf import Colorizer
from colorizer_tf.evaluation.statement import STATED
from colorizer_tf.images import decode_image, read_file
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import SHIPPED, shipped_folder, size_on_disk

ROOT = Path(__file__).parents[1]
MOST_PARAMETERS = 10_000_000
# Of those that give one answer together, and of one that draws.
MOST_MEGABYTES, MOST_MEGABYTES_DRAWING = 60, 20
HEADINGS = ("Intended use", "What it does badly", "Figures", "Training", "Training data", "License")


def model(name):
    if shipped_folder(name).is_dir():
        return pytest.param(shipped_folder(name), id=name)
    reason = f"NOT CHECKED: savedmodels/{name} is missing, no weights of it are in this tree"
    return pytest.param(shipped_folder(name), id=name, marks=pytest.mark.skip(reason=reason))


every_model = pytest.mark.parametrize("folder", [model(name) for name in SHIPPED])


@pytest.fixture(scope="module")
def photos():
    return [decode_image(read_file(path)) for path in sorted((ROOT / "samples").glob("*/*.jpg"))]


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def test_all_together_are_small():
    sizes = {name: size_on_disk(shipped_folder(name)) for name in SHIPPED}
    assert sizes.pop("diffusion") < MOST_MEGABYTES_DRAWING
    assert sum(sizes.values()) < MOST_MEGABYTES


@every_model
def test_model_json_is_valid_and_tells_what_was_measured(folder):
    info = model_json.read_info(folder)
    assert info["name"] == folder.name
    assert info["license"] == "Apache-2.0"
    assert info["kind"] == folder.name
    assert 0 < info["parameters"] < MOST_PARAMETERS
    assert len(info["weights_sha256"]) == 64
    stated = info["evaluation"]
    assert stated["photos"]["compared"] >= 100
    assert set(stated["figures"]) == set(STATED)
    assert {"delta_e", "psnr"} <= set(stated["gray"])
    for figures in (stated["figures"], stated["gray"]):
        for name in ("delta_e", "psnr"):
            assert figures[name]["low"] < figures[name]["value"] < figures[name]["high"]


@every_model
def test_the_card_has_its_parts(folder):
    card = (folder / "README.md").read_text("utf-8")
    lines = card.splitlines()
    assert lines[0] == f"# {folder.name}"
    for heading in HEADINGS:
        assert f"## {heading}" in lines, heading
    figure = model_json.read_info(folder)["evaluation"]["figures"]["delta_e"]
    assert f"{figure['value']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]" in card
    assert "TO WRITE" not in card


@every_model
def test_colors_the_samples_on_their_own_lightness(folder, photos, monkeypatch):
    def no_network(*_, **__):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", no_network)
    colorizer = Colorizer(folder, runtime="onnx")
    means = []
    for photo in photos:
        colored = colorizer.colorize(photo)
        assert colored.shape == photo.shape
        before, after = lab(photo), lab(colored)
        drift = np.abs(before[..., 0] - after[..., 0])
        assert drift.mean() < 0.2
        assert drift.max() < 1.0
        assert np.hypot(after[..., 1], after[..., 2]).mean() > 1
        means.append(after[..., 1:].mean((0, 1)))
    # Six photos that all lean to one hue would be a tint, not color; the true ones give 0.29.
    lean = np.hypot(*np.mean(means, 0)) / np.hypot(*np.transpose(means)).mean()
    assert 1 - lean > 0.05


@every_model
def test_both_files_are_the_same_model(folder, photos):
    signature = tf.saved_model.load(str(folder)).signatures["predict_ab"]
    colorizer = Colorizer(folder, runtime="onnx")
    for photo in photos[:2]:
        lightness = lab(photo)[None, ::4, ::4, :1].astype(np.float32)
        one, two = (
            np.concatenate([lightness[0], np.asarray(ab)[0]], -1)
            for ab in (signature(lightness=lightness)["ab"], colorizer.predict_ab(lightness))
        )
        assert skimage.color.deltaE_ciede2000(one, two).mean() < 0.1
