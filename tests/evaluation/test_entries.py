"""Baselines: the pictures they give."""

import numpy as np
import pytest
import skimage.color
import skimage.data

from colorizer_tf.evaluation.entries import Gray, MeanColor, Oracle
from colorizer_tf.evaluation.protocol import prepared


@pytest.fixture(scope="module")
def photo():
    return prepared("cat.jpg", skimage.data.chelsea())


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def test_gray_is_the_input(photo):
    assert Gray().picture(0, photo) is photo.gray


def test_mean_color_is_that_color_on_the_photo_s_lightness(photo):
    found = lab(MeanColor((4.0, -9.0), "given").picture(0, photo))
    assert np.abs(found[..., 0] - lab(photo.truth)[..., 0]).max() < 0.7
    middle = np.abs(found[..., 0] - 60) < 20
    # Half an 8-bit step of red and green is 0.4 of a*.
    assert found[middle][:, 1].mean() == pytest.approx(4, abs=0.5)
    assert found[middle][:, 2].mean() == pytest.approx(-9, abs=0.5)


def test_the_oracle_nears_the_truth_as_its_size_grows(photo):
    errors = []
    for size in (4, 32, 400):
        found = lab(Oracle(size).picture(0, photo))
        errors.append(skimage.color.deltaE_ciede2000(found, lab(photo.truth)).mean())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.8


def test_the_oracle_s_ab_is_the_area_mean():
    # Halves of one color each: at 2 pixels' worth nothing of either half is lost.
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[:, :32], rgb[:, 32:] = (200, 120, 110), (100, 140, 190)
    found = Oracle(2).picture(0, prepared("x", rgb))
    assert np.abs(found[:, [0, -1]].astype(int) - rgb[:, [0, -1]]).max() <= 2
