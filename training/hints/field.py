"""The field of hints in TensorFlow, with gradients: `colorizer_tf.inference.hints` in training."""

from typing import Any

import tensorflow as tf

from colorizer_tf.inference.hints.kernel import AMPLITUDES, LIGHTNESS_UNIT, POSITION_UNIT
from colorizer_tf.inference.hints.regions import REMAINS
from colorizer_tf.inference.hints.spread import JITTER
from colorizer_tf.networks.hints import COMPONENTS, DIMENSIONS, LIGHTNESS


class Field(tf.Module):
    """Kriging of hints' differences, with a kernel that is a sum over components.

    Each component's kernel is `s(p) s(q) / (1 + d²)`, with d the distance of the learned features,
    L and position; of their sum counts what edges let through.
    """

    def __init__(self) -> None:
        super().__init__()
        self.position = tf.Variable(tf.constant([1.5, 0.7, 0.0, -2.0]), name="position")

    def places(self, spread: Any, lightness: Any, at: Any, regions: Any) -> tuple[Any, Any, Any]:
        """What the kernel needs of pixels.

        Args:
            spread: `(n, r, c, CHANNELS)` of the head.
            lightness: `(n, h, w)`, h and w are 4 r and 4 c.
            at: `(n, k, 2)` int32, rows and columns.
            regions: `(n, k, heights)` int32 there, see `inference.hints.regions`.

        Returns:
            Coordinates `(n, k, COMPONENTS, DIMENSIONS + 3)`, amplitudes `(n, k, COMPONENTS)`, and
            the regions.
        """
        values = sampled(spread, at)
        cut = COMPONENTS * DIMENSIONS
        shape = tf.shape(values)
        own = tf.reshape(values[..., :cut], [shape[0], shape[1], COMPONENTS, DIMENSIONS])
        level = tf.gather_nd(lightness, at, batch_dims=1)[..., None, None] / LIGHTNESS_UNIT
        level = tf.repeat(level, COMPONENTS, axis=2) * LIGHTNESS
        side = tf.cast(tf.shape(lightness)[1], tf.float32)
        position = tf.cast(at, tf.float32)[:, :, None] / side / POSITION_UNIT
        position = position * tf.exp(self.position)[:, None]
        coordinates = tf.concat([own, level, position], -1)
        amplitudes = tf.exp(tf.clip_by_value(values[..., cut:], *AMPLITUDES))
        return coordinates, amplitudes, regions

    def kernel(self, one: Any, two: Any) -> Any:
        """`(n, k, l)`."""
        x, y = one[0], two[0]
        x, y = (tf.transpose(v, [0, 2, 1, 3]) for v in (x, y))
        squares = (
            tf.reduce_sum(x * x, -1)[..., :, None]
            + tf.reduce_sum(y * y, -1)[..., None, :]
            - 2 * tf.matmul(x, y, transpose_b=True)
        )
        s, t = (tf.transpose(v[1], [0, 2, 1]) for v in (one, two))
        alike = tf.reduce_sum(
            s[..., :, None] * t[..., None, :] / (1 + tf.maximum(squares, 0.0)), axis=1
        )
        shared = tf.equal(one[2][:, :, None], two[2][:, None])
        return alike * tf.gather(REMAINS, tf.reduce_sum(tf.cast(shared, tf.int32), axis=-1))

    def spread(self, hints: Any, differences: Any, queries: Any) -> Any:
        """Differences `(n, q, 2)` at queries, of those `(n, k, 2)` at hints."""
        among = self.kernel(hints, hints)
        among += JITTER * tf.linalg.diag(tf.linalg.diag_part(among))
        weights = tf.linalg.cholesky_solve(tf.linalg.cholesky(among), differences)
        return tf.matmul(self.kernel(queries, hints), weights)


def sampled(values: Any, at: Any, scale: int = 4) -> Any:
    """Bilinear values `(n, k, c)` at pixels of a picture `scale` times as large."""
    sides = tf.shape(values)[1:3]
    place = (tf.cast(at, tf.float32) + 0.5) / scale - 0.5
    place = tf.clip_by_value(place, 0.0, tf.cast(sides - 1, tf.float32))
    before = tf.cast(tf.floor(place), tf.int32)
    way = place - tf.cast(before, tf.float32)
    after = tf.minimum(before + 1, sides - 1)
    y0, x0, y1, x1 = before[..., 0], before[..., 1], after[..., 0], after[..., 1]
    v, u = way[..., :1], way[..., 1:]

    def take(y: Any, x: Any) -> Any:
        return tf.gather_nd(values, tf.stack([y, x], -1), batch_dims=1)

    upper = take(y0, x0) * (1 - u) + take(y0, x1) * u
    lower = take(y1, x0) * (1 - u) + take(y1, x1) * u
    return upper * (1 - v) + lower * v
