"""`inference.hints.regions` in TensorFlow ops, for a SavedModel."""

import tensorflow as tf

from colorizer_tf.inference.hints.regions import AROUND, HEIGHTS, NEAR, NOISE


def regions_of(lightness: tf.Tensor) -> tf.Tensor:
    """The region of each pixel of L* `(h, w, 1)` at each height: `(heights, h * w)` int32."""
    steps = _edges(lightness)
    height, width = tf.shape(steps)[0], tf.shape(steps)[1]
    below = steps[None] < tf.constant(HEIGHTS)[:, None, None]
    index = tf.reshape(tf.range(tf.size(below)), tf.shape(below))
    numbers = tf.where(below, index, -1 - index)
    inside = [
        (y, x, _moved(below, y, x, False) & below) for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0))
    ]

    def merged(numbers: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Every region takes the greatest number at its border, in itself and in its root."""
        found = numbers
        for y, x, joined in inside:
            found = tf.where(joined, tf.maximum(found, _moved(numbers, y, x, -1)), found)
        flat, roots = tf.reshape(found, [-1]), tf.reshape(numbers, [-1])
        known = tf.reshape(tf.where(roots >= 0), [-1])
        roots, values = tf.gather(roots, known), tf.gather(flat, known)
        flat = tf.tensor_scatter_nd_max(flat, roots[:, None], values)
        flat = tf.where(flat >= 0, tf.gather(flat, tf.maximum(flat, 0)), flat)
        found = tf.reshape(flat, tf.shape(numbers))
        return found, tf.reduce_any(found != numbers)

    numbers, _ = tf.while_loop(lambda _, changed: changed, merged, [numbers, tf.constant(True)])
    numbers = tf.reshape(numbers, [-1, height * width])
    return tf.gather(numbers, _calmest(steps), axis=1)


def _edges(lightness: tf.Tensor) -> tf.Tensor:
    level = tf.pad(lightness[..., 0], [[1, 1], [1, 1]], "SYMMETRIC")
    across = level[:-2] + 2 * level[1:-1] + level[2:]
    down = level[:, :-2] + 2 * level[:, 1:-1] + level[:, 2:]
    x, y = across[:, 2:] - across[:, :-2], down[2:] - down[:-2]
    steps = tf.sqrt(x * x + y * y) / 4
    mean = tf.nn.avg_pool2d(steps[None, ..., None], AROUND, 1, "SAME")[0, ..., 0]
    return steps / (NOISE + mean)


def _calmest(steps: tf.Tensor) -> tf.Tensor:
    """For each pixel the index of the one with the least step among it and its neighbors."""
    width = tf.shape(steps)[1]
    near = tf.stack([_moved(steps[None], y, x, float("inf"))[0] for y, x in NEAR])
    moves = tf.constant([[y, x] for y, x in NEAR])
    chosen = tf.gather(moves[:, 0] * width + moves[:, 1], tf.argmin(near, axis=0))
    return tf.range(tf.size(steps)) + tf.reshape(chosen, [-1])


def _moved(values: tf.Tensor, y: int, x: int, outside: float | bool) -> tf.Tensor:
    """What lies so many rows and columns onward, at most one, in each of `(n, h, w)`."""
    height, width = tf.shape(values)[1], tf.shape(values)[2]
    padded = tf.pad(values, [[0, 0], [1, 1], [1, 1]], constant_values=outside)
    return padded[:, 1 + y : 1 + y + height, 1 + x : 1 + x + width]
