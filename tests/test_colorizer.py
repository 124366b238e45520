"""The Python API: lightness against scikit-image, kinds of input, sizes, and models it refuses."""

import json
import shutil

import cv2
import keras
import numpy as np
import pytest
import skimage.color
import tensorflow as tf
from PIL import Image

from colorizer_tf.colorizer import Colorizer, network_sides
from colorizer_tf.errors import ColorizerError, ImageError
from colorizer_tf.export import export_network


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model)


def smooth_photo(rng, height, width):
    coarse = rng.integers(0, 256, (5, 7, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1000), (301, 451), (700, 900)])
def test_size_and_lightness_are_the_photo_s(colorizer, rng, shape):
    photo = rng.integers(0, 256, (*shape, 3), np.uint8)
    coloured = colorizer.colorize(photo)
    assert coloured.shape == photo.shape
    assert coloured.dtype == np.uint8
    before, after = (skimage.color.rgb2lab(each)[..., 0] for each in (photo, coloured))
    drift = np.abs(before - after)
    # At a single pixel the mean is the largest.
    assert drift.mean() < (0.1 if photo.size > 3 else 0.5)
    assert drift.max() < 1.0


def test_the_test_s_colours_are_wild(colorizer, rng):
    coloured = colorizer.colorize(smooth_photo(rng, 200, 300))
    chroma = np.hypot(*np.moveaxis(skimage.color.rgb2lab(coloured)[..., 1:], -1, 0))
    assert chroma.mean() > 20


def test_colour_comes_from_the_lightness_alone(colorizer, rng):
    gray = rng.integers(0, 256, (20, 30), np.uint8)
    as_rgb = np.repeat(gray[..., None], 3, -1)
    expected = colorizer.colorize(gray)
    for same in (gray[..., None], as_rgb, gray.astype("uint16") * 257, gray / 255.0):
        np.testing.assert_array_equal(colorizer.colorize(same), expected)


def test_takes_paths_and_bytes(colorizer, rng, tmp_path):
    photo = smooth_photo(rng, 30, 40)
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    expected = colorizer.colorize(photo)
    for same in (path, str(path), path.read_bytes()):
        np.testing.assert_array_equal(colorizer.colorize(same), expected)
    gray = photo[..., 1]
    Image.fromarray(gray).save(path)
    np.testing.assert_array_equal(colorizer.colorize(path), colorizer.colorize(gray))


@pytest.fixture(scope="module")
def tame_model(tmp_path_factory):
    """A model as smooth as a trained one: ab = 20 times a blurred scaled L."""
    scaled_lightness = keras.Input((None, None, 1))
    x = keras.layers.AveragePooling2D(3, 1, "same")(scaled_lightness)
    x = keras.layers.Conv2D(2, 1, use_bias=False, kernel_initializer=constant(20 / 128))(x)
    out = tmp_path_factory.mktemp("models") / "tame"
    return export_network(keras.Model(scaled_lightness, x), 1, out, size=32)


def constant(value):
    return keras.initializers.Constant(value)


@pytest.mark.parametrize("shape", [(32, 32), (96, 128), (301, 451), (20, 11), (1, 1), (3, 1000)])
def test_agrees_with_the_signature_colorize(tame_model, rng, shape):
    photo = smooth_photo(rng, *shape)
    loaded = tf.saved_model.load(str(tame_model))
    theirs = loaded.signatures["colorize"](image=tf.constant(photo[None]))["image"].numpy()[0]
    apart = np.abs(Colorizer(tame_model).colorize(photo).astype(int) - theirs)
    # OpenCV's area filter and TensorFlow's triangle filter do not shrink L to quite the same.
    assert apart.max() <= (1 if shape == (32, 32) else 6)
    assert apart.mean() < 0.5


def test_colours_are_enlarged_bilinearly_and_without_seams(tame_model):
    gray = np.tile(np.linspace(90, 160, 800).astype(np.uint8)[:, None], (1, 900))
    coloured = skimage.color.rgb2lab(Colorizer(tame_model).colorize(gray))
    lightness = skimage.color.rgb2lab(np.repeat(gray[..., None], 3, -1))[..., 0]
    # A ramp stays a ramp under any blur, but at its ends.
    inner = slice(80, -80)
    expected = 20 * (lightness / 50 - 1)
    np.testing.assert_allclose(coloured[inner, :, 1], expected[inner], atol=1.0)
    np.testing.assert_allclose(coloured[inner, :, 2], expected[inner], atol=1.0)


def test_predict_ab_is_the_network(colorizer, wild_network, rng):
    lightness = rng.uniform(0, 100, (3, 8, 12, 1))
    expected = 128 * wild_network(lightness / 50 - 1).numpy()
    np.testing.assert_allclose(colorizer.predict_ab(lightness), expected, atol=1e-3)


def test_size_changes_the_scale_of_prediction(saved_model, colorizer, rng):
    photo = smooth_photo(rng, 60, 80)
    assert colorizer.size == 32
    assert (Colorizer(saved_model, size=64).colorize(photo) != colorizer.colorize(photo)).any()


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (128, 128), (3000, 4000), (3, 20_000), (1, 10**8), (10**8, 1)]
)
def test_network_sides_keep_area_and_aspect(height, width):
    high, wide = network_sides(height, width, 128)
    assert min(high, wide) >= 1
    assert max(high, wide) <= 128 * 128
    if min(high, wide) > 10:
        assert high * wide == pytest.approx(128 * 128, rel=0.05)
        assert wide / high == pytest.approx(width / height, rel=0.05)


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (np.zeros((4, 4, 4), "uint8"), r"shape \(4, 4, 4\)"),
        (np.zeros((2, 4, 4, 3), "uint8"), "shape"),
        (np.zeros((0, 4, 3), "uint8"), "shape"),
        (np.zeros((4, 4), "int32"), "int32"),
        (np.full((4, 4), 255.0), r"outside of \[0, 1\]"),
        (np.full((4, 4), np.nan), r"outside of \[0, 1\]"),
        (b"no picture", "not a picture"),
    ],
)
def test_what_is_no_photo_is_refused_with_the_reason(colorizer, photo, reason):
    with pytest.raises(ImageError, match=reason):
        colorizer.colorize(photo)


def edit_info(**changes):
    def damage(model):
        info = json.loads((model / "model.json").read_text())
        (model / "model.json").write_text(json.dumps(info | changes))

    return damage


def save_without_signature(model):
    shutil.rmtree(model / "variables")
    tf.saved_model.save(tf.Module(), str(model))


DAMAGES = {
    "no model folder.*export": shutil.rmtree,
    "not a SavedModel.*export": lambda model: (model / "saved_model.pb").unlink(),
    r"no model\.json.*export": lambda model: (model / "model.json").unlink(),
    r"model\.json cannot be read.*export": lambda m: (m / "model.json").write_text("{"),
    "gives the size 0": edit_info(size=0),
    "format version 99.*upgrade": edit_info(format_version=99),
    "cannot be loaded.*export": lambda model: (model / "saved_model.pb").write_bytes(b"\xff" * 99),
    "predict_ab is missing.*export": save_without_signature,
}


@pytest.mark.parametrize(("problem", "damage"), DAMAGES.items(), ids=list(DAMAGES))
def test_a_model_it_cannot_run_is_refused_with_what_to_do(saved_model, tmp_path, problem, damage):
    model = shutil.copytree(saved_model, tmp_path / "model")
    damage(model)
    with pytest.raises(ColorizerError, match=f"(?s){problem}"):
        Colorizer(model)
