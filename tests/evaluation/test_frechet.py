"""The Fréchet distance against its closed form and SciPy's matrix root."""

import numpy as np
import pytest
import scipy.linalg

from colorizer_tf.evaluation.frechet import Moments, frechet_distance


def test_of_one_dimension_it_is_the_textbook_s():
    one, two = np.array([[1.0], [3.0], [5.0]]), np.array([[0.0], [1.0], [2.0]])
    expected = (3 - 1) ** 2 + (2 - 1) ** 2  # means 3 and 1, deviations 2 and 1
    assert frechet_distance(Moments.of(one), Moments.of(two)) == pytest.approx(expected)


@pytest.mark.parametrize("photos", [200, 12])
def test_it_is_that_of_the_matrix_root(rng, photos):
    mixing = rng.normal(size=(20, 20))
    one, two = rng.normal(size=(photos, 20)) @ mixing, rng.normal(0.3, 1.5, size=(photos, 20))
    c_1, c_2 = np.cov(one.T), np.cov(two.T)
    root = scipy.linalg.sqrtm(c_1 @ c_2 + 1e-12 * np.eye(20)).real
    expected = ((one.mean(0) - two.mean(0)) ** 2).sum() + np.trace(c_1 + c_2 - 2 * root)
    found = frechet_distance(Moments.of(one), Moments.of(two))
    assert found == pytest.approx(expected, rel=1e-4)
    assert frechet_distance(Moments.of(one), Moments.of(one)) == pytest.approx(0, abs=1e-4)


def test_moments_add_up_and_take_counts(rng):
    vectors = rng.normal(size=(30, 5))
    pieces = Moments.none(5)
    for start in (0, 10, 25):
        pieces.add(vectors[start : {0: 10, 10: 25, 25: 30}[start]])
    counts = rng.integers(0, 3, 30)
    counted, repeated = Moments.of(vectors, counts), Moments.of(np.repeat(vectors, counts, axis=0))
    for one, two in ((pieces, Moments.of(vectors)), (counted, repeated)):
        for found, expected in zip(
            one.mean_and_covariance(), two.mean_and_covariance(), strict=True
        ):
            np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(pieces.mean_and_covariance()[1], np.cov(vectors.T), atol=1e-12)
