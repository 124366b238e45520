"""A Keras network as functions of TensorFlow over weights that are held by name."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.inference.weights import HINT_WEIGHTS
from colorizer_tf.networks import LOGITS, HintHead
from colorizer_tf.networks.color_classes import (
    CENTERS,
    CHROMA_COMPRESSION,
    class_mean,
    mean_color,
)
from colorizer_tf.networks.weight_names import named_weights

_HALF_PRECISION = {"float16", "bfloat16", "mixed_float16", "mixed_bfloat16"}


class StoredModel:
    """A functional model, all arithmetic in float32.

    Args:
        model: of any inputs and outputs.
        weights: "float32", or "float16" to hold them so and compute in float32 all the same.
        named: its variables by name; by default those of `named_weights`.

    Attributes:
        model: in float32.
        weights: variables by name, as they are held.
    """

    def __init__(
        self, model: keras.Model, weights: str = "float32", named: dict[str, Any] | None = None
    ) -> None:
        self.model = model if named else in_float32(model)
        named = named or named_weights(self.model)
        self._half = weights == "float16"
        self.weights = {
            name: _halved(variable.value) if self._half else variable.value
            for name, variable in named.items()
        }
        names = {id(variable): name for name, variable in named.items()}
        self._trainable, self._others = (
            [names[id(variable)] for variable in variables]
            for variables in (self.model.trainable_variables, self.model.non_trainable_variables)
        )

    def __call__(self, inputs: Any) -> Any:
        """The model's outputs."""
        if not self._half:
            return self.model(inputs, training=False)
        return self.applied(self.weights, inputs)

    def applied(self, weights: Mapping[str, Any], inputs: Any) -> Any:
        """The model's outputs with other weights of the same names, shapes and types."""
        trainable, others = (
            [_widened(weights[name]) for name in names] for names in (self._trainable, self._others)
        )
        return self.model.stateless_call(trainable, others, inputs)[0]


class StoredNetwork:
    """A network, all arithmetic in float32.

    Args:
        network: functional Keras model, `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab.
        stride: h and w it takes are multiples of this.
        weights: see `StoredModel`.
        hints: gives the features by which hints spread; None for none.

    Attributes:
        weights: variables by name, as they are held.
        stride: as given.
        temperature: that the network itself reads its distribution at; None if it gives none.
        class_stride: how much coarser than L the distribution is.
        parameters: number of weights, without those of the hints.
        hints: as given.
    """

    def __init__(
        self,
        network: keras.Model,
        stride: int,
        weights: str = "float32",
        hints: HintHead | None = None,
    ) -> None:
        network = in_float32(network)
        mean = class_mean(network)
        self.stride, self.hints = stride, hints
        self.parameters = network.count_params()
        self.temperature = mean.temperature if mean else None
        body = keras.Model(network.input, mean.input) if mean else network
        self._tail = keras.Model(mean.output, network.output) if mean else None
        side = 8 * stride
        self.class_stride = side // body.compute_output_shape((1, side, side, 1))[1]
        named = named_weights(network)
        if hints:
            features = network.get_layer(LOGITS).input
            logits = network.get_layer(LOGITS).output
            body = keras.Model(network.input, [logits, hints.model(features)])
            named |= {HINT_WEIGHTS + name: v for name, v in named_weights(hints.model).items()}
        self._body = StoredModel(body, weights, named)
        self.weights = self._body.weights

    def body(self, scaled_lightness: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """What the network predicts: logits of color classes if it has such, else scaled ab.

        And the features by which hints spread, if it has such.
        """
        found = self._body(scaled_lightness)
        return tuple(found) if self.hints else (found, None)

    def scaled_ab(
        self, predicted: tf.Tensor, temperature: float | None, gain: float = 1.0
    ) -> tf.Tensor:
        """Scaled ab of what `body` gives, at the size of L; the gain is a distribution's."""
        if self._tail is None:
            return predicted
        return self._tail(gain * mean_color(predicted, temperature), training=False)

    def classes(self, gain: float = 1.0) -> dict[str, Any] | None:
        """The entry "classes" of `model.json`; None if the network gives no distribution."""
        if self._tail is None:
            return None
        return class_facts(self.class_stride) | {"gain": gain}


def class_facts(stride: int) -> dict[str, Any]:
    """What `model.json` says of color classes, whose distribution is so much coarser than L."""
    return {
        "centers": list(CENTERS),
        "chroma_compression": CHROMA_COMPRESSION,
        "stride": stride,
    }


def _halved(variable: tf.Variable) -> tf.Variable:
    """The variable in float16; itself where that cannot hold it."""
    if variable.dtype != tf.float32:
        return variable
    half = tf.cast(variable, tf.float16)
    fits = bool(tf.reduce_all(tf.math.is_finite(half)))
    return tf.Variable(half, trainable=False) if fits else variable


def _widened(variable: tf.Variable | tf.Tensor) -> tf.Tensor:
    return tf.cast(variable, tf.float32) if variable.dtype == tf.float16 else variable


def in_float32(network: keras.Model) -> keras.Model:
    """The network with all arithmetic in float32: itself, or a copy with the same weights."""
    config = network.get_config()
    plain = _without_half_precision(config)
    if plain == config:
        return network
    copy = type(network).from_config(plain)
    copy.set_weights(network.get_weights())
    return copy


def _without_half_precision(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _without_half_precision(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_without_half_precision(value) for value in config)
    return "float32" if isinstance(config, str) and config in _HALF_PRECISION else config
