"""Metrics against scikit-image and Hasler's definition."""

import numpy as np
import pytest
import skimage.color
import skimage.metrics

from colorizer_tf import metrics


def random_ab(rng, count=4):
    return rng.uniform(-100, 100, (count, 16, 16, 2)).astype("float32")


def test_delta_e_agrees_with_scikit_image(rng):
    one, two = random_ab(rng), random_ab(rng)
    two[0] = one[0]
    one[1] = 0
    level = np.full((4, 16, 16, 1), 50.0)
    expected = skimage.color.deltaE_ciede2000(
        np.concatenate([level, one], -1), np.concatenate([level, two], -1)
    )
    np.testing.assert_allclose(metrics.delta_e(one, two), expected.mean((1, 2)), atol=2e-3)


def test_psnr_agrees_with_scikit_image(rng):
    one, two = rng.random((2, 3, 16, 16, 3))
    expected = [
        skimage.metrics.peak_signal_noise_ratio(a, b, data_range=1)
        for a, b in zip(one, two, strict=True)
    ]
    np.testing.assert_allclose(metrics.psnr(one, two), expected, rtol=1e-6)
    assert np.asarray(metrics.psnr(one, one)).tolist() == pytest.approx([100.0] * 3)


def test_colorfulness_is_hasler_and_susstrunk_s(rng):
    rgb = rng.random((2, 16, 16, 3))
    expected = []
    for red, green, blue in (rgb * 255).reshape(2, -1, 3).transpose(0, 2, 1):
        rg, yb = red - green, 0.5 * (red + green) - blue
        expected.append(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))
    np.testing.assert_allclose(metrics.colorfulness(rgb), expected, rtol=1e-6)
    gray = np.repeat(rng.random((1, 8, 8, 1)), 3, -1)
    np.testing.assert_allclose(metrics.colorfulness(gray), 0, atol=1e-6)
