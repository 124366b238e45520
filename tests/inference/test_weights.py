"""Weights and settings of saved models: a network built of them is the network exported."""

import json
import shutil

import keras
import numpy as np
import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.catalog import SHIPPED
from colorizer_tf.inference.weights import read_network_weights
from colorizer_tf.networks import unet
from colorizer_tf.networks.weight_names import DENOISER, named_weights


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_a_network_built_of_them_is_the_one_exported(exported_run, random_run, kind):
    found = read_network_weights(exported_run(kind))
    network = unet(**found.settings)
    variables = named_weights(network)
    assert set(variables) == set(found.weights)
    for name, variable in variables.items():
        assert found.weights[name].dtype == kind
        variable.assign(found.weights[name])
    theirs = keras.saving.load_model(random_run / "best.keras").network
    lightness = np.random.default_rng(0).uniform(-1, 1, (1, 8, 12, 1))
    atol = 1e-6 if kind == "float32" else 0.02
    np.testing.assert_allclose(network(lightness), theirs(lightness), atol=atol)


def test_names_are_those_of_the_layers_whatever_was_built_before():
    first, second = (named_weights(unet((8, 16), head="classes")) for _ in range(2))
    assert list(first) == list(second)
    assert "color_logits/kernel" in first
    assert len(first) == len(unet((8, 16), head="classes").variables)
    for _ in range(2):
        lightness = keras.Input((None, None, 1))
        x = keras.layers.Conv2D(2, 3)(keras.layers.Conv2D(2, 3)(lightness))
        names = list(named_weights(keras.Model(lightness, keras.layers.BatchNormalization()(x))))
        assert names[:4] == [*("conv2d/kernel", "conv2d/bias", "conv2d_1/kernel", "conv2d_1/bias")]
        assert names[4] == "batch_normalization/gamma"


def test_networks_within_a_network_are_gone_into():
    lightness = keras.Input((None, None, 1))
    encoder = keras.Model(lightness, keras.layers.Conv2D(2, 3)(lightness), name="encoder")
    outer = keras.Input((None, None, 1))
    network = keras.Model(outer, keras.layers.Conv2D(2, 1)(encoder(outer)))
    assert list(named_weights(network)) == [
        *("encoder/conv2d/kernel", "encoder/conv2d/bias", "conv2d/kernel", "conv2d/bias")
    ]


def test_a_model_that_does_not_tell_them_says_to_export_again(saved_model):
    with pytest.raises(ColorizerError, match="export its run again"):
        read_network_weights(saved_model)


def test_variables_that_cannot_be_read_are_named(exported_run, tmp_path):
    model = shutil.copytree(exported_run("float32"), tmp_path / "damaged")
    for file in (model / "variables").iterdir():
        file.write_bytes(b"\xff" * 99)
    with pytest.raises(ColorizerError, match=r"variables in .*damaged cannot be read"):
        read_network_weights(model)


def test_model_json_tells_the_network_s_settings(exported_run):
    network = json.loads((exported_run("float32") / "model.json").read_text())["network"]
    assert network["widths"] == [4, 8]
    assert network["norm"] == "none"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_that_ships_can_be_trained_further(name):
    found = read_network_weights(name)
    shapes = {each: tuple(v.shape) for each, v in named_weights(unet(**found.settings)).items()}
    # A diffusion model's U-Net is one like the others, and its denoiser stands apart.
    own = {each: w.shape for each, w in found.weights.items() if not each.startswith(DENOISER)}
    assert own == shapes
