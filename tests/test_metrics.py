"""Metrics against scikit-image, Sharma's published pairs and Hasler's definition."""

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
    np.testing.assert_allclose(metrics.ciede2000_same_lightness(one, two), expected, atol=2e-3)
    np.testing.assert_allclose(metrics.delta_e(one, two), expected.mean((1, 2)), atol=2e-3)


# Sharma, Wu and Dalal 2005, table 1: the pairs whose lightness is equal.
SHARMA = [
    ((2.6772, -79.7751), (0.0, -82.7485), 2.0425),
    ((3.1571, -77.2803), (0.0, -82.7485), 2.8615),
    ((2.8361, -74.0200), (0.0, -82.7485), 3.4412),
    ((-1.3802, -84.2814), (0.0, -82.7485), 1.0000),
    ((-1.1848, -84.8006), (0.0, -82.7485), 1.0000),
    ((-0.9009, -85.5211), (0.0, -82.7485), 1.0000),
    ((0.0, 0.0), (-1.0, 2.0), 2.3669),
    ((-1.0, 2.0), (0.0, 0.0), 2.3669),
    ((2.4900, -0.0010), (-2.4900, 0.0009), 7.1792),
    ((2.4900, -0.0010), (-2.4900, 0.0010), 7.1792),
    ((2.4900, -0.0010), (-2.4900, 0.0011), 7.2195),
    ((2.4900, -0.0010), (-2.4900, 0.0012), 7.2195),
    ((-0.0010, 2.4900), (0.0009, -2.4900), 4.8045),
    ((-0.0010, 2.4900), (0.0010, -2.4900), 4.8045),
    ((-0.0010, 2.4900), (0.0011, -2.4900), 4.7461),
    ((2.5, 0.0), (0.0, -2.5), 4.3065),
    ((2.5, 0.0), (3.1736, 0.5854), 1.0000),
    ((2.5, 0.0), (3.2972, 0.0), 1.0000),
    ((2.5, 0.0), (1.8634, 0.5757), 1.0000),
    ((2.5, 0.0), (3.2592, 0.3350), 1.0000),
]


@pytest.mark.parametrize(("one", "two", "expected"), SHARMA)
def test_delta_e_of_published_pairs(one, two, expected):
    found = metrics.ciede2000_same_lightness(np.array(one, "float64"), np.array(two, "float64"))
    assert float(found) == pytest.approx(expected, abs=1e-4)


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
