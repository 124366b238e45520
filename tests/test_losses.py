"""Losses: their values, what they weigh, their gradients, and their form when saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf.losses import LOSSES, compress_chroma


def ab(*pairs):
    return np.array(pairs, "float32").reshape(1, 1, -1, 2)


@pytest.mark.parametrize(
    ("name", "reference"),
    [("mse", keras.losses.MeanSquaredError()), ("mae", keras.losses.MeanAbsoluteError())],
)
def test_plain_losses_are_keras_s(name, reference, rng):
    true, predicted = rng.uniform(-1, 1, (2, 4, 8, 8, 2)).astype("float32")
    assert float(LOSSES[name]()(true, predicted)) == pytest.approx(
        float(reference(true, predicted)), rel=1e-5
    )


def test_huber_is_keras_s(rng):
    true, predicted = rng.uniform(-1, 1, (2, 4, 8, 8, 2)).astype("float32")
    expected = keras.losses.Huber(delta=0.1)(true, predicted)
    assert float(LOSSES["huber"]()(true, predicted)) == pytest.approx(float(expected), rel=1e-5)


def test_compressed_chroma_is_the_integral_of_the_cie_weight():
    chroma = np.array([1.0, 20.0, 60.0, 120.0])
    scaled = np.stack([chroma / 128, np.zeros(4)], -1)
    expected = [
        np.trapezoid(1 / (1 + 0.045 * np.linspace(0, c, 10001)), dx=c / 10000) for c in chroma
    ]
    np.testing.assert_allclose(128 * np.asarray(compress_chroma(scaled))[:, 0], expected, rtol=1e-3)


def test_perceptual_loss_minds_a_tint_on_gray_more_than_a_miss_in_strong_colour():
    loss = LOSSES["perceptual"]()
    tinted_gray = float(loss(ab((0, 0)), ab((0.1, 0))))
    missed_red = float(loss(ab((0.6, 0.4)), ab((0.7, 0.4))))
    assert tinted_gray > 2 * missed_red


@pytest.mark.parametrize("name", LOSSES)
def test_is_least_at_the_truth_with_finite_gradients(name):
    true = tf.constant(ab((0, 0), (0.5, -0.5)))
    loss = LOSSES[name]()
    with tf.GradientTape() as tape:
        tape.watch(true)
        at_truth = loss(tf.constant(ab((0, 0), (0.5, -0.5))), true)
    assert np.isfinite(tape.gradient(at_truth, true)).all()
    assert float(at_truth) <= 1e-3
    assert float(loss(true, true + 0.1)) > float(at_truth)


@pytest.mark.parametrize("name", LOSSES)
def test_survives_saving(name, rng):
    true, predicted = rng.uniform(-1, 1, (2, 2, 4, 4, 2)).astype("float32")
    loss = LOSSES[name]()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(again(true, predicted)) == float(loss(true, predicted))
