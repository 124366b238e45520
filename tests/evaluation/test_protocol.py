"""What a photo is before it is scored: gray input, sizes, crops, padding."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from colorizer_tf.base.errors import ImageError
from colorizer_tf.color import rgb8_to_lab8
from colorizer_tf.evaluation.protocol import fitted, gray_input, prepared, without_padding
from colorizer_tf.records.photo import to_square


def test_gray_input_has_the_photo_s_lightness_and_no_color(rng):
    rgb = rng.integers(0, 256, (300, 517, 3), np.uint8)
    gray = gray_input(rgb)
    assert (gray == gray[..., :1]).all()
    found, expected = (skimage.color.rgb2lab(picture)[..., 0] for picture in (gray, rgb))
    # Half an 8-bit step: at most 0.27 of L*, in the darkest.
    assert np.abs(found - expected).max() < 0.28


def test_a_photo_stays_as_it_is_unless_asked_otherwise(rng):
    rgb = rng.integers(0, 256, (40, 60, 3), np.uint8)
    photo = prepared("a.jpg", rgb)
    np.testing.assert_array_equal(photo.truth, rgb)
    assert prepared("a.jpg", rgb, 50).truth.shape == (40, 60, 3)
    assert prepared("a.jpg", rgb, 20).truth.shape == (20, 30, 3)
    np.testing.assert_array_equal(prepared("a.jpg", rgb, crop=True).truth, rgb[:, 10:50])
    assert prepared("a.jpg", rgb, 20, crop=True).truth.shape == (20, 20, 3)


def test_a_picture_of_the_photo_s_proportions_is_resized_to_it():
    rgb = skimage.data.astronaut()[:300]
    photo = prepared("a.jpg", rgb)
    assert fitted(rgb, photo) is rgb
    half = cv2.resize(rgb, (256, 150), interpolation=cv2.INTER_AREA)
    assert fitted(half, photo).shape == rgb.shape
    assert np.abs(fitted(half, photo).astype(int) - rgb).mean() < 6
    rounded = cv2.resize(rgb, (127, 75))
    assert fitted(rounded, photo).shape == rgb.shape
    with pytest.raises(ImageError, match="256x256 pixels, expected the photo's 512x300"):
        fitted(np.zeros((256, 256, 3), np.uint8), photo)


def test_a_picture_of_the_whole_photo_is_cropped_as_the_photo_was():
    rgb = skimage.data.astronaut()[:300]
    photo = prepared("a.jpg", rgb, 150, crop=True)
    assert photo.truth.shape == (150, 150, 3)
    np.testing.assert_array_equal(fitted(rgb, photo), photo.truth)


@pytest.mark.parametrize("shape", [(40, 64), (64, 23), (9, 50), (64, 64)])
def test_the_margins_of_padded_records_are_cut_off(rng, shape):
    rgb = rng.integers(0, 256, (*shape, 3), np.uint8)
    lab = rgb8_to_lab8(to_square(rgb, 64, "pad"))
    inner = without_padding(lab)
    scale = 64 / max(shape)
    assert inner.shape[:2] == (round(shape[0] * scale), round(shape[1] * scale))


def test_nothing_is_cut_off_that_is_no_mirror_image(rng):
    lab = rng.integers(0, 256, (32, 32, 3), np.uint8)
    assert without_padding(lab) is lab
