"""`restore`: sound photos stay as they are, and what was done to old ones is undone."""

import sys
from pathlib import Path

import numpy as np
import pytest

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import UsageError
from colorizer_tf.color.merge import gray_of
from colorizer_tf.images import decode_image, read_file
from colorizer_tf.inference.request import RESTORATIONS, PredictionRequest
from colorizer_tf.inference.restoration import restore

SAMPLES = Path(__file__).parents[2] / "samples"
sys.path.insert(0, str(SAMPLES))

from aging import aged, border_of  # noqa: E402


@pytest.fixture(scope="module")
def photo():
    return decode_image(read_file(SAMPLES / "photos" / "flower.jpg"))


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model, size=32)


def gray(rgb):
    return gray_of(rgb)[..., 0].astype(float)


def test_without_it_the_lightness_is_the_photos_exactly(colorizer, photo):
    assert PredictionRequest().restore == ()
    plain = colorizer.colorize(photo)
    np.testing.assert_array_equal(plain, colorizer.merge(photo, colorizer.predict(photo)))
    assert np.abs(gray(plain) - gray(photo)).max() <= 1


def test_a_border_is_found_kept_and_not_colored(colorizer, photo):
    old, edge = aged(photo, ("border",)), border_of(photo.shape)
    inside = (slice(edge, -edge), slice(edge, -edge))
    found = colorizer.colorize(old, restore=("border",))
    box = restore(old, ("border",)).box
    for part, wanted, side in zip(box, inside, old.shape, strict=False):
        start, stop, _ = wanted.indices(side)
        assert start <= part.start <= start + 3
        assert stop - 3 <= part.stop <= stop
    np.testing.assert_array_equal(found[box], colorizer.colorize(old[box]))
    outside = np.ones(old.shape[:2], bool)
    outside[box] = False
    np.testing.assert_array_equal(found[outside], old[outside])


@pytest.mark.parametrize("name", ["flower", "temple", "rocket", "astronaut", "coffee", "cat"])
def test_photos_without_a_border_have_none(name):
    rgb = decode_image(read_file(SAMPLES / "photos" / f"{name}.jpg"))
    height, width = rgb.shape[:2]
    assert restore(rgb, ("border",)).box == (slice(0, height), slice(0, width))


def test_sepia_becomes_gray_with_the_same_tones(photo):
    old = aged(photo, ("sepia",))
    found = restore(old, ("neutral",)).pixels
    assert found.ndim == 2
    assert np.corrcoef(found.ravel(), gray(photo).ravel())[0, 1] > 0.999
    # A gray photo is left alone.
    sound = gray_of(photo)[..., 0]
    np.testing.assert_array_equal(restore(sound, ("neutral",)).pixels, sound)


@pytest.mark.parametrize("depth", [8, 16])
def test_faded_tones_come_back(depth):
    photo = decode_image(read_file(SAMPLES / "photos" / "temple.jpg"))  # from black to white
    old = aged(photo, ("faded",), seed=3)[..., 0]
    old = old.astype(np.uint16) * 257 if depth == 16 else old
    unit = 257 if depth == 16 else 1
    before = np.abs(old / unit - gray(photo)).mean()
    assert np.abs(restore(old, ("levels",)).pixels / unit - gray(photo)).mean() < before / 2


@pytest.mark.parametrize("depth", [8, 16])
def test_grain_shrinks(photo, depth):
    small = photo[:160, :200]
    old = aged(small, ("grain",))[..., 0]
    old = old.astype(np.uint16) * 257 if depth == 16 else old
    found = restore(old, ("denoise",)).pixels
    unit = 257 if depth == 16 else 1
    errors = [np.square(each / unit - gray(small)).mean() for each in (old, found)]
    assert errors[1] < errors[0] / 2
    assert found.dtype == old.dtype


def test_dust_and_scratches_go_and_the_rest_stays(photo):
    old = aged(photo, ("dust",), seed=1)[..., 0]
    found = restore(old, ("dust",)).pixels
    marked = np.abs(old - gray(photo)) > 40
    errors = [np.abs(each - gray(photo))[marked].mean() for each in (old, found)]
    assert errors[1] < errors[0] / 4
    assert np.mean(found[~marked] != old[~marked]) < 0.05


def test_parts_are_part_of_the_identity_whatever_their_order(colorizer):
    info = colorizer.info
    one = PredictionRequest(restore=("dust", "levels"))
    assert one.identity(info) == PredictionRequest(restore=("levels", "dust")).identity(info)
    assert one.identity(info) != PredictionRequest().identity(info)
    every = PredictionRequest(restore=("all",))
    assert every.identity(info) == PredictionRequest(restore=RESTORATIONS).identity(info)
    with pytest.raises(UsageError, match=r"received 'nutral'.*did you mean neutral"):
        PredictionRequest(restore=("nutral",))


def test_floats_and_given_arrays(colorizer, photo):
    old = aged(photo[:60, :80])
    out = np.empty_like(old)
    parts = ("neutral", "levels", "border")
    assert colorizer.colorize(old, restore=parts, out=out) is out
    as_floats = colorizer.colorize(old.astype(np.float32) / 255, restore=parts)
    assert np.abs(as_floats * 255 - out).mean() < 1
