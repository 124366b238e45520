"""What training and validation report: PSNR, CIEDE2000, colorfulness, diversity of hues.

The functions take float tensors with the channels last and give one value a picture, for a
`keras.metrics.Mean` to average over pictures, exactly, whatever batches and replicas they come in;
`hue_diversity` is of all pictures together.
"""

import math
from typing import Any

import tensorflow as tf

from colorizer_tf.color.difference import ciede2000_same_lightness

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
    """Hasler and Süsstrunk's colorfulness (2003, M3, signed differences) of sRGB pictures.

    Args:
        rgb: `(n, h, w, 3)` in [0, 1].

    Returns:
        `(n,)` on the paper's scale of 8-bit values: about 15 is slightly, 45 quite, 80 highly
        colorful.
    """
    red, green, blue = tf.unstack(rgb * 255.0, axis=-1)
    opponents = tf.stack([red - green, (red + green) / 2 - blue], axis=-1)
    mean, variance = tf.nn.moments(opponents, axes=[-3, -2])
    spread = tf.sqrt(tf.reduce_sum(variance, axis=-1))
    return spread + 0.3 * tf.sqrt(tf.reduce_sum(tf.square(mean), axis=-1))


def mean_color(ab: Any) -> Any:
    """Mean a, mean b and the length of the two of each picture: `(n, h, w, 2)` to `(n, 3)`."""
    mean = tf.reduce_mean(ab, axis=(-3, -2))
    return tf.concat([mean, tf.norm(mean, axis=-1, keepdims=True)], axis=-1)


def hue_diversity(mean_colors: Any) -> Any:
    """How much the hues of pictures differ from one another, in [0, 1].

    The circular variance (Mardia and Jupp 2000, section 2.3.1) of the directions of the pictures'
    mean colors, each weighted by its length: 0 when all have one hue, 1 when the hues cancel out.
    A picture counts by its color, so that a near-gray one's accidental hue does not; and with 0.1
    of a unit of ab added below the line, gray pictures alone have no spread.

    Args:
        mean_colors: `(3,)`, the mean of `mean_color` over the pictures.
    """
    resultant = tf.norm(mean_colors[:2])
    # The two are equal where all hues are, but for rounding.
    return tf.maximum(mean_colors[2] - resultant, 0.0) / (mean_colors[2] + 0.1)
