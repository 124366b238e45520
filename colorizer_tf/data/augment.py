"""Random changes of whole batches of pictures, each fixed by its seed.

Every function takes a stateless seed (two integers), so that a step can be replayed exactly.
"""

from typing import Any

import tensorflow as tf

# The share of batches that are not cropped: at inference photos are seen whole.
WHOLE = 0.5
# Of scaled L: a standard deviation of 5 L*, as on pushed film; and black and white 30 L* closer.
MAX_GRAIN = 0.1
MAX_FADING = 0.3


def random_windows(raw: Any, size: int, seed: Any, smallest: float) -> Any:
    """Cut a square window from each picture while it is still a string of bytes.

    Half of the batches stay whole. The side is drawn once a batch, the position once a picture. In
    an image stored row by row, a window's rows start every `size` pixels from its corner, so each
    picture costs one copy, and pixels outside are not decoded.

    Args:
        raw: `(n,)` strings of `size * size * 3` bytes.
        size: side of the pictures.
        seed: two integers.
        smallest: the least side of a window, as a share of the picture's.

    Returns:
        `(n, side, side, 3)` uint8, with `smallest * size <= side <= size`.
    """
    least = max(1, round(smallest * size))
    seeds = tf.random.split(seed, 3)
    side = tf.random.stateless_uniform([], seeds[0], least, size + 1, tf.int32)
    side = tf.where(tf.random.stateless_uniform([], seeds[1]) < WHOLE, size, side)
    corners = tf.random.stateless_uniform(
        [2, tf.shape(raw)[0]], seeds[2], 0, size - side + 1, tf.int32
    )
    starts = 3 * (corners[0] * size + corners[1])
    length = 3 * ((side - 1) * size + side)
    rows = tf.strings.substr(raw, starts, tf.fill(tf.shape(starts), length))
    # The last row ends with the window: it is padded to a full row, then cut.
    rows = tf.io.decode_raw(rows, tf.uint8, fixed_length=3 * side * size)
    return tf.reshape(rows, [-1, side, size, 3])[:, :, :side]


def mirror_half(pictures: Any, seed: Any) -> Any:
    """Mirror the first half of a batch `(n, h, w, c)`: a random half, as batches are shuffled."""
    shape = tf.shape(pictures)
    # Half of an odd number is rounded up or down at random, so that a batch of one is mirrored too.
    half = tf.cast(
        tf.cast(shape[0], tf.float32) / 2 + tf.random.stateless_uniform([], seed), tf.int32
    )
    # As a list of rows, which TensorFlow reverses eight times as fast as a batch of pictures.
    rows = tf.reshape(pictures[:half], [-1, shape[2], shape[3]])
    mirrored = tf.reshape(tf.reverse(rows, [1]), [half, shape[1], shape[2], shape[3]])
    return tf.concat([mirrored, pictures[half:]], axis=0)


def jitter_lightness(lightness: Any, seed: Any, strength: float) -> Any:
    """Change tone curve, contrast and offset of L at random: prints fade, and scanners differ.

    Args:
        lightness: `(n, h, w, 1)` scaled L in [-1, 1].
        seed: two integers.
        strength: the largest relative change, in [0, 1).

    Returns:
        The same shape, still in [-1, 1].
    """
    draws = strength * tf.random.stateless_uniform(
        [3, tf.shape(lightness)[0], 1, 1, 1], seed, -1, 1
    )
    curve, contrast, offset = draws[0], 1.0 + draws[1], 0.5 * draws[2]
    # (L + curve (1 - L^2)) contrast + offset, in the order that takes the fewest passes: a parabola
    # through black and white lifts or lowers the middle as a gamma does, without its slow power.
    bent = (contrast - curve * contrast * lightness) * lightness + (curve * contrast + offset)
    return tf.clip_by_value(bent, -1.0, 1.0)


def age_lightness(lightness: Any, seed: Any, share: float) -> Any:
    """Give some of the pictures the L of an old photograph: unsharp, grainy, faded.

    Each of the chosen is mixed with its 3x3 mean, gets noise of one or of two pixels' size, and its
    range shrinks toward a gray of its own; how much of each is drawn per picture.

    Args:
        lightness: `(n, h, w, 1)` scaled L in [-1, 1].
        seed: two integers.
        share: how many of the pictures, in [0, 1].

    Returns:
        The same shape, still in [-1, 1]; those not chosen as they came.
    """
    shape = tf.shape(lightness)
    seeds = tf.random.split(seed, 3)
    draws = tf.random.stateless_uniform([6, shape[0], 1, 1, 1], seeds[0])
    chosen = draws[0] < share
    soft = tf.nn.avg_pool2d(lightness, 3, 1, "SAME")
    aged = lightness + draws[1] * (soft - lightness)
    fine = tf.random.stateless_normal(shape, seeds[1])
    # Noise of two pixels, as loud as that of one.
    coarse = 2.0 * tf.nn.avg_pool2d(tf.random.stateless_normal(shape, seeds[2]), 2, 1, "SAME")
    aged += MAX_GRAIN * draws[2] * tf.where(draws[3] < 0.5, fine, coarse)
    range_left, gray = 1.0 - MAX_FADING * draws[4], draws[5] - 0.5
    aged = range_left * aged + (1.0 - range_left) * gray
    return tf.where(chosen, tf.clip_by_value(aged, -1.0, 1.0), lightness)
