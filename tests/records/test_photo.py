"""Squares, the measure of color, and the LAB that is recorded."""

import io

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from colorizer_tf.base.errors import ImageError
from colorizer_tf.color import rgb8_to_lab8
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.photo import photo_to_lab, to_square, untoned_chroma
from tests.drawing import draw_photo


def png(rgb):
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def photo(rng):
    return draw_photo(rng, 90, 150)


def test_crop_keeps_the_middle(photo):
    expected = cv2.resize(photo[:, 30:120], (30, 30), interpolation=cv2.INTER_AREA)
    assert (to_square(photo, 30, "crop") == expected).all()
    tall = photo.transpose(1, 0, 2)
    assert (to_square(tall, 30, "crop") == expected.transpose(1, 0, 2)).all()


def test_area_resize_is_the_mean_of_the_pixels_covered(photo):
    square = photo[:, :90]
    means = square.reshape(30, 3, 30, 3, 3).mean(axis=(1, 3))
    assert np.abs(to_square(square, 30, "crop") - means).max() <= 0.51


def test_squash_keeps_all(photo):
    assert to_square(photo, 64, "squash").shape == (64, 64, 3)
    corners = to_square(np.array([[[9, 0, 0], [0, 0, 200]]], np.uint8), 8, "squash")
    assert corners[0, 0, 0] > corners[0, -1, 0]
    assert corners[0, -1, 2] > corners[0, 0, 2]


def test_pad_reflects(photo):
    padded = to_square(photo, 50, "pad")
    inner = cv2.resize(photo, (50, 30), interpolation=cv2.INTER_AREA)
    assert (padded[10:40] == inner).all()
    assert (padded[:10] == inner[:10][::-1]).all()


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 3), (8, 8), (301, 451)])
def test_any_shape_becomes_square(rng, fit, shape):
    picture = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    square = to_square(picture, 16, fit)
    assert square.shape == (16, 16, 3)
    assert square.dtype == np.uint8


def test_recorded_lab_is_that_of_scikit_image():
    photo = skimage.data.astronaut()
    lab = photo_to_lab(png(photo), RecordOptions(size=128))
    small = photo.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    expected = skimage.color.rgb2lab(small / 255.0) * [2.55, 1, 1] + [0, 128, 128]
    # Half a code of the resized picture, which the curves stretch in the dark, and half of LAB's.
    difference = np.abs(lab - expected)
    assert difference.max() <= 3.5
    assert difference.mean() <= 0.4


def test_lab_codes_are_scikit_image_s_on_a_whole_grid():
    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8)
    grid = grid.reshape(52, -1, 3)
    expected = skimage.color.rgb2lab(grid) * [2.55, 1, 1] + [0, 128, 128]
    assert np.abs(rgb8_to_lab8(grid) - expected).max() <= 0.501


def toned(gray, name):
    """Toned copies of a gray picture, as photo programs make them."""
    level = gray.astype(float)
    if name == "gray":
        rgb = np.stack([level] * 3, -1)
    elif name == "sepia":  # the matrix of the W3C's Filter Effects, section 13.1.1
        rgb = level[..., None] * [
            0.393 + 0.769 + 0.189,
            0.349 + 0.686 + 0.168,
            0.272 + 0.534 + 0.131,
        ]
    elif name == "cyanotype":
        rgb = level[..., None] / 255 * [245, 215, 195] + (1 - level[..., None] / 255) * [10, 40, 90]
    else:  # "yellowed": a constant cast
        rgb = level[..., None] + [12, 4, -20]
    return np.clip(rgb, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tone", ["gray", "sepia", "cyanotype", "yellowed"])
@pytest.mark.parametrize("quality", [None, 80])
def test_toned_photos_are_dropped(tone, quality):
    photo = toned(skimage.data.camera(), tone)
    data = png(photo)
    if quality:
        buffer = io.BytesIO()
        Image.fromarray(photo).save(buffer, "JPEG", quality=quality)
        data = buffer.getvalue()
    with pytest.raises(ImageError, match="gray or sepia"):
        photo_to_lab(data, RecordOptions())
    assert photo_to_lab(data, RecordOptions(min_chroma=0)).shape == (128, 128, 3)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_color_photos_stay_even_when_faded(name):
    photo = getattr(skimage.data, name)()
    assert untoned_chroma(rgb8_to_lab8(to_square(photo, 128, "crop"))) > 2.5
    gray = photo.mean(axis=-1, keepdims=True)
    faded = (gray + (photo - gray) * 0.8).astype(np.uint8)
    assert photo_to_lab(png(faded), RecordOptions()).shape == (128, 128, 3)


def test_small_photos_are_dropped(rng):
    photo = draw_photo(rng, 31, 200)
    with pytest.raises(ImageError, match="smaller than 32 px"):
        photo_to_lab(png(photo), RecordOptions())
    assert photo_to_lab(png(photo), RecordOptions(min_side=31)).shape == (128, 128, 3)


def test_min_side_counts_a_jpeg_s_own_pixels(rng):
    # Decoded at a reduced scale it would look smaller than it is.
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(rng, 800, 800)).save(buffer, "JPEG", quality=95)
    options = RecordOptions(size=16, min_side=700, min_chroma=0)
    assert photo_to_lab(buffer.getvalue(), options).shape == (16, 16, 3)
