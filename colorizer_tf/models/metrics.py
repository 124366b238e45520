"""What training and validation report: PSNR, CIEDE2000, colorfulness, diversity of hues.

The functions take float tensors with the channels last and give one value a picture, for a
`keras.metrics.Mean` to average over pictures, exactly, whatever batches and replicas they come in;
`hue_diversity` is of all pictures together. The formulas are those of `color.scores`, which
`evaluate` has too.
"""

from typing import Any

import tensorflow as tf

from colorizer_tf.color import scores
from colorizer_tf.color.difference import ciede2000_same_lightness

PER_IMAGE = (-3, -2, -1)


def psnr(rgb_true: Any, rgb_predicted: Any) -> Any:
    """Peak signal-to-noise ratio in dB of sRGB pictures in [0, 1]: `(n, h, w, 3)` to `(n,)`."""
    return scores.psnr(tf.reduce_mean(tf.square(rgb_predicted - rgb_true), axis=PER_IMAGE))


def delta_e(ab_true: Any, ab_predicted: Any) -> Any:
    """Mean CIEDE2000 of pictures that share their L: `(n, h, w, 2)` unscaled ab to `(n,)`."""
    return tf.reduce_mean(ciede2000_same_lightness(ab_true, ab_predicted), axis=(-2, -1))


def colorfulness(rgb: Any) -> Any:
    """Hasler and Süsstrunk's colorfulness of sRGB pictures in [0, 1]: `(n, h, w, 3)` to `(n,)`."""
    opponents = tf.stack(scores.opponents(*tf.unstack(rgb * 255.0, axis=-1)), axis=-1)
    mean, variance = tf.nn.moments(opponents, axes=[-3, -2])
    return scores.colorfulness((mean[..., 0], mean[..., 1]), (variance[..., 0], variance[..., 1]))


def mean_color(ab: Any) -> Any:
    """Mean a, mean b and the length of the two of each picture: `(n, h, w, 2)` to `(n, 3)`."""
    mean = tf.reduce_mean(ab, axis=(-3, -2))
    return tf.concat([mean, tf.norm(mean, axis=-1, keepdims=True)], axis=-1)


def hue_diversity(mean_colors: Any) -> Any:
    """How much the hues of pictures differ from one another, in [0, 1]; 0 of gray pictures alone.

    Args:
        mean_colors: `(3,)`, the mean of `mean_color` over the pictures.
    """
    return scores.hue_diversity(mean_colors[0], mean_colors[1], mean_colors[2], floor=0.1)
