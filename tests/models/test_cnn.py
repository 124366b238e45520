"""The CNN: it learns, saves and loads, and takes the same steps on 1 and on 2 replicas."""

import dataclasses

import keras
import numpy as np
import pytest
import skimage.color
import skimage.metrics
import tensorflow as tf

from colorizer_tf import TrainConfig, color
from colorizer_tf.models.registry import build_model
from colorizer_tf.training.strategy import build_strategy, deal

CONFIG = TrainConfig(
    widths=(8, 16), ab_stride=2, batch_size=8, loss="mse", weight_decay=0.0, warmup=0.0
)


def data(count=8, seed=0):
    """Patches of one lightness each: color finer than half the size is not the net's to give."""
    patches = np.random.default_rng(seed).uniform(-1, 1, (count, 2, 2, 1)).astype("float32")
    lightness = patches.repeat(8, 1).repeat(8, 2)
    return lightness, np.concatenate([0.2 * lightness, 0.3 + 0.1 * lightness], -1)


def build(steps=100, **changes):
    keras.utils.set_random_seed(0)
    return build_model(dataclasses.replace(CONFIG, **changes), steps)


# tests/conformance has a model learn by mse, and tests/training one by mae.
@pytest.mark.parametrize(
    "loss", [pytest.param(loss, marks=pytest.mark.slow) for loss in ("mse", "mae")] + ["perceptual"]
)
def test_learns(loss):
    model = build(loss=loss, learning_rate=1e-2)
    history = model.fit(*data(), batch_size=8, epochs=30, verbose=0, shuffle=False).history
    assert history["loss"][-1] < 0.3 * history["loss"][0]


def test_learns_a_distribution():
    model = build(loss="classes", learning_rate=1e-2, validation_temperature=1.0)
    lightness, ab = data()
    before, *_, last = model.fit(
        lightness, ab, batch_size=8, epochs=60, verbose=0, shuffle=False
    ).history["loss"]
    assert last < 0.6 * before
    # The cross-entropy of colors that lie between classes is not 0: their mean must be right.
    error = np.abs(model.network(lightness).numpy() - ab).mean()
    assert error < 0.3 * np.abs(ab).mean()
    scores = model.evaluate(lightness, ab, batch_size=8, verbose=0, return_dict=True)
    assert scores["loss"] == pytest.approx(
        float(model.reconstruction_loss(ab, model.learner(lightness))), rel=1e-4
    )


def test_weights_are_averaged_where_asked():
    model = build(ema=0.5, optimizer="sgd", learning_rate=1.0, clip_norm=0.0)
    batch = tuple(map(tf.constant, data()))
    variable = model.network.trainable_variables[0]
    seen = [variable.numpy()]
    expected = seen[0]
    for _ in range(3):
        model.train_step(batch)
        expected = 0.5 * expected + 0.5 * variable.numpy()
    averaged = model.exported_network()
    np.testing.assert_allclose(averaged.trainable_variables[0].numpy(), expected, atol=1e-5)
    plain = build()
    weights = plain.network.get_weights()
    np.testing.assert_array_equal(plain.exported_network().get_weights()[0], weights[0])


@pytest.mark.parametrize(
    ("norm", "clip_norm"),
    [
        ("batch", 0.0),
        ("batch", 0.01),
        ("none", 0.01),
    ],
)
@pytest.mark.slow
def test_two_replicas_take_the_steps_of_one(norm, clip_norm):
    results = []
    for devices in ("cpu:0", "cpu:0,cpu:1"):
        strategy = build_strategy(dataclasses.replace(CONFIG, devices=devices))
        with strategy.scope():
            model = build(optimizer="sgd", learning_rate=0.1, norm=norm, clip_norm=clip_norm)
        batches, held_out = (
            deal(strategy, tf.data.Dataset.from_tensor_slices(data(16, seed)).batch(8))
            for seed in (0, 1)
        )
        settings = {"validation_data": held_out, "epochs": 5, "shuffle": False, "verbose": 0}
        history = model.fit(batches, **settings).history
        results.append((model.get_weights(), history))
    (one, one_history), (two, two_history) = results
    for ours, theirs in zip(one, two, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for name, values in one_history.items():
        np.testing.assert_allclose(values, two_history[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_clipping_bounds_the_step():
    model = build(optimizer="sgd", learning_rate=1.0, clip_norm=1e-3)
    before = np.concatenate([v.numpy().ravel() for v in model.network.trainable_variables])
    norm = model.train_step(tuple(map(tf.constant, data())))["gradient_norm"]
    after = np.concatenate([v.numpy().ravel() for v in model.network.trainable_variables])
    assert float(norm) > 1e-3
    assert np.linalg.norm(after - before) == pytest.approx(1e-3, rel=1e-2)


def test_gradient_norms_are_of_the_loss_and_not_of_the_scaled_loss():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build(clip_norm=1.0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert 0 < float(model.train_step(tuple(map(tf.constant, data())))["gradient_norm"]) < 10


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB:UserWarning")
def test_validation_is_exact_and_masked():
    model = build()
    lightness, ab = data(6)
    head = [each for each in model.network.trainable_variables if each.name == "kernel"][-1]
    head.assign(np.random.default_rng(2).normal(0, 0.1, head.shape))
    padded = [
        np.concatenate([part, np.ones((2, *part.shape[1:]), "float32")]) for part in (lightness, ab)
    ]
    weight = np.array([1.0] * 6 + [0.0] * 2, "float32")
    found = model.evaluate(*padded, sample_weight=weight, batch_size=4, verbose=0, return_dict=True)
    level = color.unscale_lightness(lightness)
    true, predicted = color.unscale_ab(ab), model.predict_ab(level).numpy()
    labs = [np.concatenate([level, part], -1).astype("float64") for part in (true, predicted)]
    rgbs = [skimage.color.lab2rgb(lab) for lab in labs]
    assert found["loss"] == pytest.approx(np.mean((true - predicted) ** 2) / 128**2, rel=1e-4)
    assert found["delta_e"] == pytest.approx(skimage.color.deltaE_ciede2000(*labs).mean(), rel=1e-3)
    psnr = [
        skimage.metrics.peak_signal_noise_ratio(a, b, data_range=1)
        for a, b in zip(*rgbs, strict=True)
    ]
    assert found["psnr"] == pytest.approx(np.mean(psnr), rel=1e-3)
