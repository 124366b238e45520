"""The U-Net's shapes, ranges, options and cost, on TensorFlow and on JAX."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf.networks import unet, unet_stride

WIDTHS = (8, 12, 16)


def batch(rng, height=32, width=48):
    return rng.uniform(-1, 1, (2, height, width, 1)).astype("float32")


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_gives_ab_of_the_input_s_size(skips, norm, rng):
    network = unet(WIDTHS, skips=skips, norm=norm)
    for height, width in ((8, 8), (32, 48), (40, 16)):
        ab = network(batch(rng, height, width))
        assert ab.shape == (2, height, width, 2)
        assert np.abs(ab).max() <= 1


def test_stride_is_what_sizes_must_be_divisible_by(rng):
    assert unet_stride(WIDTHS) == 8
    network = unet(WIDTHS)
    network(batch(rng, 8, 24))
    with pytest.raises(tf.errors.InvalidArgumentError):
        network(batch(rng, 12, 24))


def test_an_untrained_network_answers_gray(rng):
    assert np.abs(unet(WIDTHS)(batch(rng))).max() == 0


def test_skips_carry_detail_past_the_coarsest_level(rng):
    # With the coarsest level silenced, skips alone connect the input with the answer.
    picture = batch(rng)
    for skips, connected in ((True, True), (False, False)):
        network = unet(WIDTHS, skips=skips, norm="none")
        for variable in network.trainable_variables:
            variable.assign(rng.normal(0, 0.3, variable.shape))
        strided = [layer for layer in network.layers if getattr(layer, "strides", 0) == (2, 2)]
        coarsest = strided[-1]
        assert isinstance(coarsest, keras.layers.Conv2D)
        for variable in coarsest.trainable_variables:
            variable.assign(0 * variable)
        answers = [network(p).numpy() for p in (picture, picture[:, ::-1])]
        assert (np.abs(answers[0] - answers[1]).max() > 1e-3) == connected


def test_blocks_and_widths_set_the_size():
    assert unet(WIDTHS, blocks=2).count_params() > unet(WIDTHS, blocks=1).count_params()
    assert unet((16, 24, 32)).count_params() > unet(WIDTHS).count_params()
    with pytest.raises(ValueError, match="batch or none"):
        unet(WIDTHS, norm="instance")


@pytest.mark.parametrize("change", ["classes", "quarter"])
def test_every_option_takes_odd_multiples_and_answers_gray_untrained(change, rng):
    options = {
        "classes": {"head": "classes", "ab_stride": 4},
        "quarter": {"ab_stride": 4},
    }[change]
    network = unet(WIDTHS, **options)
    for height, width in ((8, 8), (24, 40)):
        ab = network(batch(rng, height, width))
        assert ab.shape == (2, height, width, 2)
        np.testing.assert_allclose(ab, 0, atol=1e-4)


def test_ab_is_as_coarse_as_told():
    for ab_stride in (2, 4, 8):
        network = unet(WIDTHS, ab_stride=ab_stride)
        sides = [
            layer.output.shape[-1]
            for layer in network.layers
            if isinstance(layer, keras.layers.UpSampling2D)
        ]
        assert len(sides) == 4 - int(np.log2(ab_stride))
    with pytest.raises(ValueError, match="ab_stride: received 16"):
        unet(WIDTHS, ab_stride=16)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_output_stays_float32_under_mixed_precision(policy, rng):
    keras.config.set_dtype_policy(policy)
    try:
        network = unet(WIDTHS)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network(batch(rng)).dtype == tf.float32
    assert {v.dtype for v in network.trainable_variables} == {"float32"}


def test_the_default_spends_its_arithmetic_at_half_size_and_below():
    network = unet()
    spatial = {
        layer.name: layer.compute_output_shape((1, 128, 128, layer.input.shape[-1]))
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D) and layer.strides == (2, 2)
    }
    assert spatial, "there are strided convolutions"
    first = next(layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    assert first.strides == (2, 2)
    assert network.count_params() < 10e6


JAX_STEP = """
import keras, numpy as np
assert keras.backend.backend() == "jax"
from colorizer_tf.models.losses import LOSSES
from colorizer_tf.networks import SCALED_AB, unet
rng = np.random.default_rng(0)
lightness = rng.uniform(-1, 1, (4, 4, 4, 1)).astype("float32").repeat(8, 1).repeat(8, 2)
ab = np.concatenate([0.2 * lightness, 0.3 + 0.1 * lightness], -1)
for name, loss in LOSSES.items():
    network = unet((8, 12, 16))
    if loss.layer != SCALED_AB:
        continue
    network.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss())
    first, *_, last = network.fit(lightness, ab, epochs=20, verbose=0).history["loss"]
    assert np.isfinite(last) and last < 0.8 * first, (name, first, last)
import sys
assert "tensorflow" not in sys.modules, "networks and losses import keras only"
network.save_weights(sys.argv[1])
np.save(sys.argv[2], network.predict(lightness, verbose=0))
"""


@pytest.mark.jax
def test_trains_under_jax_and_its_weights_load_back(tmp_path, rng):
    pytest.importorskip("jax", reason='needs the "jax" extra')
    weights, answers = tmp_path / "unet.weights.h5", tmp_path / "answers.npy"
    subprocess.run(
        [sys.executable, "-c", JAX_STEP, weights, answers],
        env={"KERAS_BACKEND": "jax", "PATH": "/usr/bin:/bin", "JAX_PLATFORMS": "cpu"},
        check=True,
    )
    network = unet((8, 12, 16))
    network.load_weights(weights)
    patches = rng.uniform(-1, 1, (4, 4, 4, 1)).astype("float32")
    lightness = patches.repeat(8, 1).repeat(8, 2)
    np.testing.assert_allclose(network(lightness), np.load(answers), atol=1e-4)
