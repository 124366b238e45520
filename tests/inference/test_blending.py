"""The mean of predictions at two scales."""

import numpy as np
import pytest

from colorizer_tf import Colorizer
from colorizer_tf.inference.blending import blended
from colorizer_tf.inference.distribution import ColorClasses, ColorDistribution
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest

CLASSES = ColorClasses((-40.0, 0.0, 40.0), 0.02, 4)


def prediction(logits, height, width):
    distribution = ColorDistribution(logits.astype(np.float32), CLASSES, height, width)
    lightness = np.zeros((height, width), np.float32)
    return Prediction(lightness, distribution.ab(1.0), 4, distribution)


def test_it_is_the_geometric_mean_of_both(rng):
    one, two = rng.normal(size=(2, 9))
    coarse = prediction(np.tile(one, (4, 5, 1)), 16, 20)
    fine = prediction(np.tile(two, (8, 10, 1)), 32, 40)
    found = blended(coarse, fine, 1.0)
    shares = [np.exp(each) / np.exp(each).sum() for each in (one, two)]
    expected = np.sqrt(shares[0] * shares[1])
    expected /= expected.sum()
    np.testing.assert_allclose(found.distribution.probabilities()[3, 4], expected, rtol=1e-5)
    assert found.ab.shape == (32, 40, 2)


def test_each_cell_meets_the_one_of_its_place():
    # Sides that are no multiples of the cells: both grids go on beyond the photo's end.
    coarse_logits = np.zeros((5, 5, 9))
    coarse_logits[:, :2, 0] = coarse_logits[:, 2:, 8] = 10
    fine = prediction(np.zeros((10, 9, 9)), 38, 34)
    found = blended(prediction(coarse_logits, 19, 17), fine, 1.0)
    best = found.distribution.logits.argmax(-1)
    assert (best[:, :4] == 0).all()
    assert (best[:, 5:] == 8).all()


def test_a_size_beyond_the_trained_one_blends_unless_asked_not_to(rng):
    colorizer = Colorizer("cnn")
    trained = colorizer.info["trained_at"]
    photo = rng.integers(0, 256, (40, 60), np.uint8)
    plain = PredictionRequest(size=trained + 32, blend=False).resolved(colorizer.info)
    asked = PredictionRequest(size=trained + 32).resolved(colorizer.info)
    expected = blended(
        colorizer.predict(photo, PredictionRequest(size=trained)),
        colorizer.predict(photo, plain),
        asked.temperature,
    )
    np.testing.assert_array_equal(colorizer.predict(photo, asked).ab, expected.ab)
    assert np.abs(colorizer.predict(photo, plain).ab - expected.ab).max() > 0.5
    assert asked.identity(colorizer.info) != plain.identity(colorizer.info)
    small = PredictionRequest(size=trained), PredictionRequest(size=trained, blend=False)
    # At the trained size it changes nothing.
    both = [colorizer.predict(photo, each).ab for each in small]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize(("blend", "said"), [(True, "may be weaker"), (False, "in patches")])
def test_the_warning_tells_which(blend, said):
    info = {"size": 96, "trained_at": 96, "classes": {}}
    assert said in PredictionRequest(size=256, blend=blend).beyond_training(info)
