"""The discriminator: how far a logit sees, its size and types, its kernels' norms."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf.networks import coarsener, patch_size, patchgan


def pair(rng, height, width, count=1):
    lightness, a, b = rng.uniform(-1, 1, (3, count, height, width, 1)).astype("float32")
    return [lightness, np.concatenate([a, b], -1)]


@pytest.mark.parametrize(("widths", "size"), [((2, 2), 16), ((2, 2, 2), 34), ((2, 2, 2, 2), 70)])
def test_a_logit_sees_the_patch_of_the_paper(widths, size, rng):
    network = patchgan(widths)
    lightness, ab = map(tf.constant, pair(rng, 160, 160))
    with tf.GradientTape() as tape:
        tape.watch([lightness, ab])
        logits = network([lightness, ab])
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    slopes = tape.gradient(middle, [lightness, ab])
    seen = sum(np.abs(slope).sum((0, 3)) for slope in slopes) > 0
    assert seen.any(1).sum() == seen.any(0).sum() == size == patch_size(widths)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (33, 70)])
def test_a_logit_for_each_place(height, width, rng):
    logits = patchgan((2, 2, 2))(pair(rng, height, width, 3))
    assert logits.shape == (3, -(-height // 4), -(-width // 4), 1)


def test_the_default_is_the_paper_s_70_pixels():
    network = patchgan()
    convolutions = [each for each in network.layers if hasattr(each, "kernel")]
    assert [each.filters for each in convolutions] == [64, 128, 256, 512, 1]
    assert [each.strides[0] for each in convolutions] == [2, 2, 2, 1, 1]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_spectral_normalization_holds_the_largest_singular_value_at_one(policy, rng):
    # How fast the power iteration converges depends on the kernels drawn.
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        network = patchgan((8, 16), spectral_norm=True)
    finally:
        keras.config.set_dtype_policy("float32")
    pictures = pair(rng, 16, 16)
    for _ in range(40):
        logits = network(pictures, training=True)
    assert logits.dtype == "float32"
    for variable in network.trainable_variables:
        if variable.name == "kernel":
            kernel = variable.numpy().reshape(-1, variable.shape[-1])
            assert np.linalg.svd(kernel, compute_uv=False)[0] == pytest.approx(1, abs=0.02)
            assert (kernel != tf.cast(kernel, tf.bfloat16).numpy().astype("float32")).any()


def test_coarse_ab_is_what_a_network_of_half_the_size_can_give(rng):
    ab = rng.uniform(-1, 1, (1, 8, 6, 2)).astype("float32")
    means = ab.reshape(1, 4, 2, 3, 2, 2).mean((2, 4)).repeat(2, 1).repeat(2, 2)
    padded = np.pad(means, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    np.testing.assert_allclose(coarsener(2)(ab), np.nanmean(windows, (-2, -1)), atol=1e-6)
    flat = np.full((1, 8, 8, 2), 0.3, "float32")
    np.testing.assert_allclose(coarsener(2)(flat), flat, atol=1e-6)
