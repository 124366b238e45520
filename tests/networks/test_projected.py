"""The projected discriminator: what it sees, what of it learns, and what it answers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from skimage import color as skcolor
from skimage import data

from colorizer_tf.networks.projected import NetworkInput, projected_discriminator


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(0)
    return projected_discriminator(pretrained=False)


def scaled_lab(rgb):
    lab = skcolor.rgb2lab(rgb)[None].astype("float32")
    return tf.constant(lab[..., :1] / 50 - 1), tf.constant(lab[..., 1:] / 128)


def test_the_feature_network_sees_the_srgb_picture():
    rgb = data.coffee()[100:164, 100:164]
    seen = NetworkInput()(scaled_lab(rgb))
    np.testing.assert_allclose(seen[0], (rgb.astype("float32") - 127) / 128, atol=0.02)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96)])
def test_logits_are_one_channel_a_scale(discriminator, height, width, rng):
    lightness = tf.constant(rng.uniform(-1, 1, (2, height, width, 1)), tf.float32)
    ab = tf.constant(rng.uniform(-0.3, 0.3, (2, height, width, 2)), tf.float32)
    logits = discriminator([lightness, ab])
    assert logits.shape == (2, height // 8, width // 8, 4)
    # The coarsest scale sees a quarter of the positions, each of them repeated.
    coarsest = logits.numpy()[..., 3]
    np.testing.assert_array_equal(coarsest[:, ::4, ::4], coarsest[:, 3::4, 3::4])


def test_only_the_heads_learn(discriminator):
    assert {v.path.split("/")[-2].split("_")[0] for v in discriminator.trainable_variables} <= {
        f"head{stride}" for stride in (4, 8, 16, 32)
    }


def test_ab_has_a_gradient_and_color_changes_the_logits(discriminator):
    lightness, ab = scaled_lab(data.astronaut()[:64, :64])
    with tf.GradientTape() as tape:
        tape.watch(ab)
        logits = discriminator([lightness, ab])
    assert np.abs(tape.gradient(logits, ab)).max() > 0
    assert np.abs(logits - discriminator([lightness, tf.zeros_like(ab)])).max() > 0
