"""Losses: their values, what they weigh, their gradients, and their form when saved."""

import keras
import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colorizer_tf.models.losses import (
    ADVERSARIAL_LOSSES,
    LOSSES,
    ClassCrossEntropy,
    SquaredSlope,
)
from colorizer_tf.networks import SCALED_AB
from colorizer_tf.networks.color_classes import (
    CENTERS,
    NUM_CLASSES,
    ClassMean,
    compress_chroma,
    shares,
)

AB_LOSSES = [name for name, loss in LOSSES.items() if loss.layer == SCALED_AB]


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


def test_compressed_chroma_is_the_integral_of_the_cie_weight():
    chroma = np.array([1.0, 20.0, 60.0, 120.0])
    scaled = np.stack([chroma / 128, np.zeros(4)], -1)
    expected = [
        np.trapezoid(1 / (1 + 0.045 * np.linspace(0, c, 10001)), dx=c / 10000) for c in chroma
    ]
    np.testing.assert_allclose(128 * np.asarray(compress_chroma(scaled))[:, 0], expected, rtol=1e-3)


def test_perceptual_loss_minds_a_tint_on_gray_more_than_a_miss_in_strong_color():
    loss = LOSSES["perceptual"]()
    tinted_gray = float(loss(ab((0, 0)), ab((0.1, 0))))
    missed_red = float(loss(ab((0.6, 0.4)), ab((0.7, 0.4))))
    assert tinted_gray > 2 * missed_red


def test_a_color_is_the_mean_of_the_classes_that_share_it(rng):
    values = rng.uniform(CENTERS[0], CENTERS[-1], 200).astype("float32")
    found = np.asarray(shares(values))
    np.testing.assert_allclose(found @ np.array(CENTERS), values, atol=1e-4)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-6)
    assert (found >= 0).all()
    assert ((found > 0).sum(-1) <= 2).all()


def test_all_of_srgb_lies_within_the_classes():
    sides = np.stack(np.meshgrid(*[np.linspace(0, 1, 17)] * 3, indexing="ij"), -1)
    ab = skimage.color.rgb2lab(sides)[..., 1:]
    compressed = 128 * np.asarray(compress_chroma(ab.astype("float32") / 128))
    assert CENTERS[0] < compressed.min() < compressed.max() < CENTERS[-1] + 0.6


def test_class_cross_entropy_is_keras_s_and_least_at_the_truth(rng):
    true = rng.uniform(-0.5, 0.5, (2, 4, 4, 2)).astype("float32")
    compressed = 128 * np.asarray(compress_chroma(true))
    joint = np.asarray(shares(compressed[..., 0]))[..., :, None]
    joint = (joint * np.asarray(shares(compressed[..., 1]))[..., None, :]).reshape(2, 4, 4, -1)
    logits = rng.normal(size=joint.shape).astype("float32")
    reference = keras.losses.CategoricalCrossentropy(from_logits=True)
    loss = LOSSES["classes"]()
    assert float(loss(true, logits)) == pytest.approx(float(reference(joint, logits)), rel=1e-5)
    at_truth = tf.Variable(np.log(joint + 1e-9))
    with tf.GradientTape() as tape:
        value = loss(true, at_truth)
    assert np.abs(tape.gradient(value, at_truth)).max() < 1e-5
    np.testing.assert_allclose(ClassMean()(at_truth), true, atol=2e-3)


def test_class_cross_entropy_takes_the_mean_of_finer_ab(rng):
    true = rng.uniform(-0.3, 0.3, (2, 4, 4, 2)).astype("float32")
    logits = rng.normal(size=(2, 2, 2, NUM_CLASSES)).astype("float32")
    means = true.reshape(2, 2, 2, 2, 2, 2).mean((2, 4))
    loss = ClassCrossEntropy()
    np.testing.assert_allclose(loss.call(true, logits), loss.call(means, logits), rtol=1e-5)


def test_annealing_tends_to_the_likeliest_class():
    logits = np.zeros((1, 1, 1, NUM_CLASSES), "float32")
    middle = len(CENTERS) // 2
    gray, red = middle * len(CENTERS) + middle, 10 * len(CENTERS) + middle
    logits[..., red], logits[..., gray] = 9.0, 8.0
    reds = [float(ClassMean(t)(logits)[0, 0, 0, 0]) for t in (1.0, 0.5, 0.1)]
    assert reds == sorted(reds)
    strongest = np.asarray(compress_chroma(np.array([reds[-1], 0.0], "float32")))[0]
    assert 128 * strongest == pytest.approx(CENTERS[10], rel=0.01)


@pytest.mark.parametrize("name", AB_LOSSES)
def test_is_least_at_the_truth_with_finite_gradients(name):
    true = tf.constant(ab((0, 0), (0.5, -0.5)))
    loss = LOSSES[name]()
    with tf.GradientTape() as tape:
        tape.watch(true)
        at_truth = loss(tf.constant(ab((0, 0), (0.5, -0.5))), true)
    assert np.isfinite(tape.gradient(at_truth, true)).all()
    assert float(at_truth) <= 1e-3
    assert float(loss(true, true + 0.1)) > float(at_truth)


@pytest.mark.parametrize("name", AB_LOSSES)
def test_survives_saving(name, rng):
    true, predicted = rng.uniform(-1, 1, (2, 2, 4, 4, 2)).astype("float32")
    loss = LOSSES[name]()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(again(true, predicted)) == float(loss(true, predicted))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_patch_cross_entropy_is_keras_s(smoothing, rng):
    logits = rng.normal(0, 3, (4, 5, 5, 1)).astype("float32")
    loss = ADVERSARIAL_LOSSES["bce"][0](smoothing)
    reference = keras.losses.BinaryCrossentropy(from_logits=True)
    for label, smoothed in ((1.0, 1.0 - smoothing), (0.0, 0.0)):
        expected = reference(np.full_like(logits, smoothed), logits)
        found = loss(np.full_like(logits, label), logits)
        assert float(found) == pytest.approx(float(expected), rel=1e-5)
    assert np.isfinite(loss(np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), -1e4, "float32")))


def test_hinge_is_the_paper_s():
    # Lim and Ye 2017, equation (5) and the generator's -D(G(z)).
    judge, against = (each() for each in ADVERSARIAL_LOSSES["hinge"])
    logits = np.array([[-2.0, -0.5], [0.5, 3.0]], "float32").reshape(2, 1, 2, 1)
    ones, zeros = np.ones_like(logits), np.zeros_like(logits)
    np.testing.assert_allclose(judge.call(ones, logits), [(3 + 1.5) / 2, (0.5 + 0) / 2])
    np.testing.assert_allclose(judge.call(zeros, logits), [(0 + 0.5) / 2, (1.5 + 4) / 2])
    np.testing.assert_allclose(against.call(ones, logits), [1.25, -1.75])
    keras_s = keras.losses.Hinge()
    assert float(judge(zeros, logits)) == pytest.approx(float(keras_s(zeros, logits)))


def test_squared_slope_of_a_plane(rng):
    slopes = rng.normal(size=(3, 4, 4, 2)).astype("float32")
    pictures = tf.zeros((3, 4, 4, 2))
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        height = tf.reduce_sum(slopes * pictures)
    found = SquaredSlope().call(tf.zeros_like(pictures), tape.gradient(height, pictures))
    np.testing.assert_allclose(found, np.linalg.norm(slopes.reshape(3, -1), axis=1) ** 2, rtol=1e-5)
