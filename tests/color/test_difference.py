"""CIEDE2000 against Sharma's published pairs and scikit-image."""

import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colorizer_tf.color.difference import ciede2000, ciede2000_same_lightness

# Sharma, Wu and Dalal 2005, table 1: L, a, b twice, and the difference.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
ONE, TWO, EXPECTED = SHARMA[:, :3], SHARMA[:, 3:6], SHARMA[:, 6]


def test_all_34_published_pairs_in_numpy():
    np.testing.assert_allclose(ciede2000(ONE, TWO), EXPECTED, atol=6e-5)


def test_all_34_published_pairs_in_a_tf_function():
    found = tf.function(ciede2000)(tf.constant(ONE), tf.constant(TWO))
    np.testing.assert_allclose(found, EXPECTED, atol=6e-5)


def test_the_pairs_of_equal_lightness_need_their_ab_alone():
    level = ONE[:, 0] == TWO[:, 0]
    assert level.sum() == 20
    one, two = ONE[level, 1:], TWO[level, 1:]
    for found in (
        ciede2000_same_lightness(one, two),
        ciede2000_same_lightness(tf.constant(one), tf.constant(two)),
    ):
        np.testing.assert_allclose(found, EXPECTED[level], atol=6e-5)


@pytest.mark.parametrize(("dtype", "atol"), [("float64", 2e-4), ("float32", 1e-3)])
def test_agrees_with_scikit_image_over_the_whole_range(rng, dtype, atol):
    # More than one piece, and no multiple of it.
    colors = rng.uniform([0, -110, -110], [100, 110, 110], (2, 250, 333, 3))
    colors[1, :50] = colors[0, :50]
    colors[1, 50:100, :, 1:] = 0
    one, two = colors
    expected = skimage.color.deltaE_ciede2000(one, two)
    found = ciede2000(one.astype(dtype), two.astype(dtype))
    assert found.shape == (250, 333)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=atol)
    threads = ciede2000(one.astype(dtype), two.astype(dtype), threads=3)
    np.testing.assert_array_equal(threads, found)
