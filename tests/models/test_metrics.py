"""Metrics against scikit-image and Hasler's definition."""

import numpy as np
import pytest
import scipy.stats
import skimage.color
import skimage.metrics

from colorizer_tf.models import metrics


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


def spread_of(*pictures):
    return float(metrics.hue_diversity(np.mean(metrics.mean_color(np.stack(pictures)), axis=0)))


def flat(chroma, hue):
    return np.full((4, 4, 2), chroma * np.array([np.cos(hue), np.sin(hue)]))


def test_hue_diversity_of_equal_chroma_is_scipy_s_circular_variance(rng):
    hues = rng.uniform(-1, 2, 30)
    found = spread_of(*(flat(30, hue) for hue in hues))
    assert found == pytest.approx(scipy.stats.circvar(hues), abs=0.004)


def test_hue_diversity_is_0_for_one_hue_and_1_for_opposite_ones():
    assert spread_of(flat(5, 1.0), flat(50, 1.0), flat(20, 1.0)) == pytest.approx(0, abs=1e-6)
    assert spread_of(flat(30, 0.5), flat(30, 0.5 + np.pi)) == pytest.approx(1, abs=0.01)


def test_hues_of_near_gray_pictures_do_not_count(rng):
    colored = [flat(30, hue) for hue in (0.1, 0.9, 1.6)]
    grays = [rng.normal(0, 0.3, (4, 4, 2)) for _ in range(30)]
    assert spread_of(*colored, *grays) == pytest.approx(spread_of(*colored), abs=0.05)
    assert spread_of(*[np.zeros((4, 4, 2))] * 3) == 0
    assert spread_of(*(flat(1e-3, hue) for hue in range(6))) < 0.02
