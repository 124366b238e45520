"""Means over the pictures of all replicas together."""

from typing import Any

import keras
import tensorflow as tf


def update_mean(tracker: keras.metrics.Mean, values: Any, weight: Any = None) -> None:
    """Add this step's pictures to a mean, those of the other replicas too.

    Keras takes a step's logs from the first replica alone: with every replica's pictures in each
    replica's mean, that one is right.

    Args:
        tracker: the mean.
        values: this replica's, `(n,)`, one a picture.
        weight: `(n,)`, 0 for filling (default: all count).
    """
    weight = tf.ones_like(values) if weight is None else weight
    replicas = tf.distribute.get_replica_context()
    total, count = replicas.all_reduce(
        tf.distribute.ReduceOp.SUM, [tf.reduce_sum(values * weight), tf.reduce_sum(weight)]
    )
    tracker.update_state(tf.math.divide_no_nan(total, count), sample_weight=count)
