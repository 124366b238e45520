"""Measures against scikit-image, and colors whose differences are known."""

import math

import numpy as np
import pytest
import skimage.color
import skimage.data
import skimage.metrics

from colorizer_tf.color import lab_to_rgb
from colorizer_tf.evaluation.frechet import AB_CELLS
from colorizer_tf.evaluation.measures import appearance, compare, compare_briefly


@pytest.fixture(scope="module")
def pair():
    """Two photos bundled with scikit-image, over several strips."""
    cat = skimage.data.chelsea()
    noise = np.random.default_rng(1).normal(8, 20, cat.shape)
    return np.concatenate([cat, cat]), np.concatenate([cat + noise, cat]).clip(0, 255).astype("u1")


@pytest.fixture(scope="module")
def measured(pair):
    return compare(*pair).values


def test_ciede2000_agrees_with_scikit_image(pair, measured):
    lab_1, lab_2 = map(skimage.color.rgb2lab, pair)
    expected = skimage.color.deltaE_ciede2000(lab_1, lab_2)
    assert measured["delta_e"] == pytest.approx(expected.mean(), abs=1e-3)
    assert measured["delta_e_p90"] == pytest.approx(np.quantile(expected, 0.9), abs=1e-3)


def test_psnr_agrees_with_scikit_image(pair, measured):
    expected = skimage.metrics.peak_signal_noise_ratio(*pair)
    assert measured["psnr"] == pytest.approx(expected, abs=1e-9)
    ab_1, ab_2 = (skimage.color.rgb2lab(picture)[..., 1:] for picture in pair)
    expected = skimage.metrics.peak_signal_noise_ratio(ab_1, ab_2, data_range=255)
    assert measured["psnr_ab"] == pytest.approx(expected, abs=1e-3)


def test_ssim_agrees_with_scikit_image(pair, measured):
    expected = skimage.metrics.structural_similarity(
        *pair,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    assert measured["ssim"] == pytest.approx(expected, abs=1e-5)


def test_ssim_of_what_is_smaller_than_its_window_is_not_defined(rng):
    tiny = rng.integers(0, 256, (10, 40, 3), np.uint8)
    found = compare(tiny, tiny).values
    assert math.isnan(found["ssim"])
    assert found["delta_e"] == 0


def test_equal_pictures_differ_in_nothing(pair):
    found = compare(pair[0], pair[0]).values
    for name, value in appearance(pair[0]).values.items():
        assert found.pop(name) == value
    assert (found.pop("psnr"), found.pop("psnr_ab")) == pytest.approx((100, 100))
    assert found.pop("ssim") == pytest.approx(1)
    assert all(value == pytest.approx(0, abs=1e-6) for value in found.values()), found


def test_the_brief_scores_are_those_of_all(pair, measured):
    found = compare_briefly(*pair)
    look = appearance(pair[1])
    for name, value in (*look.values.items(), *measured.items()):
        if name in found.values:
            assert found.values[name] == pytest.approx(value, abs=1e-6), name
    assert {"delta_e", "psnr", "colorfulness"} <= set(found.values)
    np.testing.assert_array_equal(found.cells, look.cells)


def flat(lightness, chroma, degrees):
    """Colors of one lightness and chroma, a column a hue; uint8, so near to it only."""
    hues = np.radians(np.atleast_1d(degrees))
    lab = np.stack(
        [np.full(len(hues), lightness), *(chroma * f(hues) for f in (np.cos, np.sin))], -1
    )
    return np.repeat(np.rint(255 * lab_to_rgb(lab)).astype(np.uint8)[None], 20, axis=0)


def test_hue_error_is_the_angle_whichever_way_round():
    around = np.arange(0, 360, 10)
    found = compare(flat(60, 30, around), flat(60, 30, around + 40)).values
    assert found["hue_error"] == pytest.approx(40, abs=0.5)
    assert found["chroma_error"] == pytest.approx(0, abs=0.4)
    assert found["lightness_drift"] == pytest.approx(0, abs=0.3)


def test_gray_has_no_hue_error_but_all_of_the_chroma_s():
    found = compare(flat(60, 30, np.arange(0, 360, 10)), flat(60, 0, np.zeros(36))).values
    assert math.isnan(found["hue_error"])
    assert found["chroma_error"] == pytest.approx(30, abs=0.4)


def test_lightness_drift_is_in_units_of_lightness():
    found = compare(flat(60, 20, np.arange(36)), flat(55, 20, np.arange(36))).values
    assert found["lightness_drift"] == pytest.approx(5, abs=0.3)


def hasler(rgb, absolute):
    """The formula as papers print it, in plain Python."""
    rg = [r - g for r, g, b in rgb]
    yb = [0.5 * (r + g) - b for r, g, b in rgb]
    if absolute:
        rg, yb = [abs(x) for x in rg], [abs(x) for x in yb]
    mean = [sum(x) / len(x) for x in (rg, yb)]
    deviation = [
        math.sqrt(sum((v - m) ** 2 for v in x) / len(x))
        for x, m in zip((rg, yb), mean, strict=True)
    ]
    return math.hypot(*deviation) + 0.3 * math.hypot(*mean)


def test_both_colorfulnesses_are_the_formula_s(rng):
    rgb = rng.integers(0, 256, (30, 40, 3), np.uint8)
    found = appearance(rgb).values
    pixels = rgb.reshape(-1, 3).tolist()
    assert found["colorfulness"] == pytest.approx(hasler(pixels, absolute=False))
    assert found["colorfulness_absolute"] == pytest.approx(hasler(pixels, absolute=True))
    assert found["colorfulness"] > found["colorfulness_absolute"] + 5


def test_chroma_and_mean_ab_agree_with_scikit_image(pair):
    lab = skimage.color.rgb2lab(pair[1])
    found = appearance(pair[1]).values
    assert found["chroma"] == pytest.approx(np.hypot(lab[..., 1], lab[..., 2]).mean(), abs=1e-3)
    assert found["mean_a"] == pytest.approx(lab[..., 1].mean(), abs=1e-3)
    assert found["mean_b"] == pytest.approx(lab[..., 2].mean(), abs=1e-3)


def test_cells_are_shares_of_the_ab_plane(pair):
    ab = skimage.color.rgb2lab(pair[1])[..., 1:].reshape(-1, 2)
    edges = np.linspace(-100, 100, AB_CELLS + 1)
    expected, *_ = np.histogram2d(*ab.T, bins=[edges, edges])
    found = appearance(pair[1]).cells
    # A pixel in ten thousand lies on an edge, where float32 may fall to the other side.
    np.testing.assert_allclose(found, expected.ravel() / len(ab), atol=2e-4)
    assert found.sum() == pytest.approx(1)
