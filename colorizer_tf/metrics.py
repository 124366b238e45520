"""What training and validation report, a number a picture: PSNR, CIEDE2000, colourfulness.

The functions take float tensors with the channels last and give one value a picture, for a
`keras.metrics.Mean` to average over pictures, exactly, whatever batches and replicas they come in.
"""

import math
from typing import Any

import tensorflow as tf

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


def ciede2000_same_lightness(ab_1: Any, ab_2: Any) -> Any:
    """CIEDE2000 of colours that differ in ab alone, `(..., 2)` to `(...)`.

    With equal lightness its lightness term is zero, and nothing else in it depends on L.

    Source: Sharma, Wu and Dalal 2005, the equation numbers are theirs; kC = kH = 1.
    """
    a1, b1 = ab_1[..., 0], ab_1[..., 1]
    a2, b2 = ab_2[..., 0], ab_2[..., 1]
    chroma_7 = ((_length(a1, b1) + _length(a2, b2)) / 2) ** 7
    g = 0.5 * (1.0 - tf.sqrt(chroma_7 / (chroma_7 + 25.0**7)))  # (4)
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2
    c1, c2 = _length(a1, b1), _length(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)
    turn = h2 - h1
    turn = tf.where(tf.abs(turn) <= math.pi, turn, turn - 2 * math.pi * tf.sign(turn))  # (10)
    gray = (c1 == 0) | (c2 == 0)
    turn = tf.where(gray, tf.zeros_like(turn), turn)
    d_c = c2 - c1
    d_h = 2.0 * tf.sqrt(c1 * c2) * tf.sin(turn / 2)  # (11)
    c = (c1 + c2) / 2
    # (14): halfway along the shorter arc; a gray has no hue, and the other's counts alone.
    h = tf.where(gray, h1 + h2, h1 + turn / 2)
    t = (
        1.0
        - 0.17 * tf.cos(h - math.radians(30))
        + 0.24 * tf.cos(2 * h)
        + 0.32 * tf.cos(3 * h + math.radians(6))
        - 0.20 * tf.cos(4 * h - math.radians(63))
    )  # (15)
    degrees = tf.math.floormod(h * (180 / math.pi), 360.0)
    rotation = math.radians(30) * 2 * tf.exp(-(((degrees - 275.0) / 25.0) ** 2))  # (16)
    c_7 = c**7
    r_t = -tf.sin(rotation) * 2.0 * tf.sqrt(c_7 / (c_7 + 25.0**7))  # (17), (21)
    c_term = d_c / (1.0 + 0.045 * c)
    h_term = d_h / (1.0 + 0.015 * c * t)
    squared = c_term**2 + h_term**2 + r_t * c_term * h_term
    return tf.sqrt(tf.maximum(squared, 0.0))  # (22)


def _length(a: Any, b: Any) -> Any:
    return tf.sqrt(a * a + b * b)


def _hue(a: Any, b: Any) -> Any:
    angle = tf.math.atan2(b, a)
    return tf.where(angle < 0, angle + 2 * math.pi, angle)


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
