"""`inference.hints` in TensorFlow ops, for a SavedModel: the kernel, and kriging of one photo."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from colorizer_tf.export.regions import regions_of
from colorizer_tf.inference.hints.kernel import AMPLITUDES, LIGHTNESS_UNIT, POSITION_UNIT
from colorizer_tf.inference.hints.regions import HEIGHTS, REMAINS
from colorizer_tf.inference.hints.spread import JITTER

# Coordinates `(components, n, dimensions)`, amplitudes `(components, n)` and regions `(heights, n)`
# of n places.
Places = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


def places_of(
    lightness: tf.Tensor, features: tf.Tensor, stride: int, entry: Mapping[str, Any]
) -> Places:
    """All pixels of a photo, row by row, as the kernel sees them.

    Args:
        lightness: `(h, w, 1)`.
        features: `(rows, columns, channels)` for hints, of the photo lengthened to whole cells.
        stride: pixels of a cell.
        entry: "hints" of `model.json`.
    """
    count, dimensions = len(entry["lightness"]), entry["dimensions"]
    height, width = tf.shape(lightness)[0], tf.shape(lightness)[1]
    large = tf.image.resize(features, stride * tf.shape(features)[:2])[:height, :width]
    large = tf.reshape(large, [height * width, -1])
    cut = count * dimensions
    own = tf.reshape(large[:, :cut], [-1, count, dimensions])
    area = tf.cast(height * width, tf.float32)
    rows, columns = tf.meshgrid(tf.range(height), tf.range(width), indexing="ij")
    position = tf.reshape(tf.stack([rows, columns], -1), [-1, 1, 2])
    position = tf.cast(position, tf.float32) / (POSITION_UNIT * tf.sqrt(area))
    level = tf.reshape(lightness, [-1, 1, 1]) / LIGHTNESS_UNIT
    weights = [tf.constant(entry[name], tf.float32)[:, None] for name in ("lightness", "position")]
    coordinates = tf.concat([own, level * weights[0], position * weights[1]], axis=-1)
    amplitudes = tf.exp(tf.clip_by_value(large[:, cut:], *AMPLITUDES))
    return tf.transpose(coordinates, [1, 0, 2]), tf.transpose(amplitudes), regions_of(lightness)


def moved(places: Places, chosen: tf.Tensor, differences: tf.Tensor) -> tf.Tensor:
    """The differences `(h, w, 2)` where `chosen` `(h, w)` holds, spread over the photo."""
    at = tf.reshape(tf.where(tf.reshape(chosen, [-1])), [-1])
    hints = tuple(tf.gather(each, at, axis=1) for each in places)
    among = _likeness(hints, hints)
    among += JITTER * tf.linalg.diag(tf.linalg.diag_part(among))
    wanted = tf.gather(tf.reshape(differences, [-1, 2]), at)
    solved = tf.linalg.solve(tf.cast(among, tf.float64), tf.cast(wanted, tf.float64))
    spread = tf.matmul(_likeness(places, hints), tf.cast(solved, tf.float32))
    return tf.reshape(spread, tf.shape(differences))


def _likeness(one: Places, two: Places) -> tf.Tensor:
    squares = (
        tf.reduce_sum(one[0] ** 2, -1)[:, :, None]
        + tf.reduce_sum(two[0] ** 2, -1)[:, None, :]
        - 2 * tf.matmul(one[0], two[0], transpose_b=True)
    )
    amplitudes = one[1][:, :, None] * two[1][:, None, :]
    alike = tf.reduce_sum(amplitudes / (1 + tf.maximum(squares, 0.0)), axis=0)
    # One height after the other: all at once would take memory for each.
    shared = tf.zeros(tf.shape(alike), tf.int32)
    for height in range(len(HEIGHTS)):
        shared += tf.cast(one[2][height][:, None] == two[2][height], tf.int32)
    return alike * tf.gather(tf.constant(REMAINS), shared)
