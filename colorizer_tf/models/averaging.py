"""Averages of batch statistics that match a network's averaged weights.

An optimizer averages trainable weights alone. Beside them the latest statistics of batch
normalization would be those of other weights, so they are averaged with the same momentum.
"""

from typing import Any

import keras
import tensorflow as tf


class StatisticsAverage:
    """Exponential moving averages of a network's non-trainable variables.

    Args:
        owner: the Keras model whose checkpoints hold the averages.
        network: whose variables are averaged.
        momentum: of the averages, as of the optimizer's.
    """

    def __init__(self, owner: keras.Model, network: keras.Model, momentum: float) -> None:
        self.momentum = momentum
        self._pairs: list[tuple[Any, Any]] = []
        for number, variable in enumerate(statistics_of(network)):
            average = owner.add_weight(
                shape=variable.shape,
                initializer="zeros",
                trainable=False,
                dtype=variable.dtype,
                name=f"statistics_average_{number}",
            )
            self._pairs.append((variable, average))

    def update(self, iterations: Any) -> None:
        """Add the statistics after a step; those after the first are the average so far."""
        momentum = tf.where(iterations > 1, self.momentum, 0.0)
        for variable, average in self._pairs:
            average.assign(momentum * average + (1.0 - momentum) * variable)

    def swap(self) -> None:
        """Exchange the network's statistics and their averages, outside of any step."""
        for variable, average in self._pairs:
            latest = keras.ops.convert_to_numpy(variable)
            variable.assign(keras.ops.convert_to_numpy(average))
            average.assign(latest)

    def apply(self) -> None:
        """Set the network's statistics to their averages."""
        for variable, average in self._pairs:
            variable.assign(keras.ops.convert_to_numpy(average))


def statistics_of(network: keras.Model) -> list[Any]:
    """Moving means and variances of a network's batch normalizations."""
    return [
        variable
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
        for variable in (layer.moving_mean, layer.moving_variance)
    ]
