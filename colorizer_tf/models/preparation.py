"""What is done to a network before it is trained."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.models.optimizers import ENCODER


def split(network: keras.Model, layer: str) -> tuple[Any, Any]:
    """The network up to the output of a layer, and the rest of it."""
    output = network.get_layer(layer).output
    if output is network.output:
        return network, _identity
    return keras.Model(network.input, output), keras.Model(output, network.output)


def _identity(scaled_ab: Any) -> Any:
    return scaled_ab


def from_package(build: Callable[[bool], keras.Model], pretrained: bool) -> keras.Model:
    """A network with frozen features.

    Raises:
        ColorizerError: if the package of their weights is missing.
    """
    try:
        return build(pretrained)
    except ModuleNotFoundError as error:
        raise ColorizerError(str(error)) from None


def synchronize(network: keras.Model) -> None:
    """Take batch statistics over all replicas if there are several: alone it costs a third more."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = replicas > 1


def freeze(network: keras.Model, what: str) -> None:
    """Keep the encoder's batch normalization ("norm") or all of it ("all") as it is."""
    for layer in network.layers:
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        if layer.name.startswith(ENCODER) and (what == "all" or (what == "norm" and is_norm)):
            layer.trainable = False
