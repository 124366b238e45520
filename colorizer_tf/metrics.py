"""What training and validation report, a number a picture: PSNR, CIEDE2000, colourfulness.

The functions take float tensors with the channels last and give one value a picture, for a
`keras.metrics.Mean` to average over pictures, exactly, whatever batches and replicas they come in.
"""

import math
from typing import Any

import tensorflow as tf

from colorizer_tf.difference import ciede2000_same_lightness

PER_IMAGE = (-3, -2, -1)


def psnr(rgb_true: Any, rgb_predicted: Any) -> Any:
    """Peak signal-to-noise ratio in dB of sRGB pictures in [0, 1]: `(n, h, w, 3)` to `(n,)`."""
    error = tf.reduce_mean(tf.square(rgb_predicted - rgb_true), axis=PER_IMAGE)
    # Equal pictures would be infinitely good, and so would any mean that holds one: 100 dB is
    # below what 16 bit can tell.
    return -10.0 / math.log(10.0) * tf.math.log(tf.maximum(error, 1e-10))


def delta_e(ab_true: Any, ab_predicted: Any) -> Any:
    """Mean CIEDE2000 of pictures that share their L: `(n, h, w, 2)` unscaled ab to `(n,)`."""
    return tf.reduce_mean(ciede2000_same_lightness(ab_true, ab_predicted), axis=(-2, -1))


def colorfulness(rgb: Any) -> Any:
    """Hasler and Süsstrunk's colourfulness (2003, M3, signed differences) of sRGB pictures.

    Args:
        rgb: `(n, h, w, 3)` in [0, 1].

    Returns:
        `(n,)` on the paper's scale of 8-bit values: about 15 is slightly, 45 quite, 80 highly
        colourful.
    """
    red, green, blue = tf.unstack(rgb * 255.0, axis=-1)
    opponents = tf.stack([red - green, (red + green) / 2 - blue], axis=-1)
    mean, variance = tf.nn.moments(opponents, axes=[-3, -2])
    spread = tf.sqrt(tf.reduce_sum(variance, axis=-1))
    return spread + 0.3 * tf.sqrt(tf.reduce_sum(tf.square(mean), axis=-1))
