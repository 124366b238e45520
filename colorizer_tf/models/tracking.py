"""Figures over the pictures of all replicas together."""

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf


class Trackers:
    """Named means of a model.

    No container that Keras knows: it would save them in each checkpoint, where they are of no use,
    and reading them there waits for all other machines.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._means = {name: keras.metrics.Mean(name) for name in names}

    def add(self, values: dict[str, Any], weight: Any = None) -> None:
        """Add this step's pictures to means, those of the other replicas too.

        Keras takes a step's logs from the first replica alone: with every replica's pictures in
        each replica's means, those are right.

        Args:
            values: this replica's, `(n,)` each, one a picture.
            weight: `(n,)`, 0 for filling (default: all count).
        """
        stacked = tf.stack(list(values.values()))
        weight = tf.ones_like(stacked[0]) if weight is None else weight
        replicas = tf.distribute.get_replica_context()
        totals, count = replicas.all_reduce(
            tf.distribute.ReduceOp.SUM,
            [tf.reduce_sum(stacked * weight, axis=1), tf.reduce_sum(weight)],
        )
        for name, mean in zip(
            values, tf.unstack(tf.math.divide_no_nan(totals, count)), strict=True
        ):
            self._means[name].update_state(mean, sample_weight=count)

    def add_step(self, values: dict[str, Any]) -> None:
        """Add scalars of a step that are the same on all replicas."""
        for name, value in values.items():
            self._means[name].update_state(value)

    def results(self, names: Iterable[str]) -> dict[str, Any]:
        """The means by name."""
        return {name: self._means[name].result() for name in names}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """All of them, for Keras to reset each epoch."""
        return list(self._means.values())


def share_of_slopes(adversarial: Any, reconstruction: Any) -> Any:
    """The adversarial share of the slopes at ab or logits: 0 none, 0.5 as large as the other."""
    squares = [tf.reduce_sum(tf.square(slope)) for slope in (adversarial, reconstruction)]
    replicas = tf.distribute.get_replica_context()
    # Each replica holds the slopes at its own pictures: the batch's are all of them in a row.
    sums = replicas.all_reduce(tf.distribute.ReduceOp.SUM, squares)
    adversarial, reconstruction = map(tf.sqrt, sums)
    return tf.math.divide_no_nan(adversarial, adversarial + reconstruction)
