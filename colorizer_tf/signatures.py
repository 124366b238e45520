"""What a SavedModel can do: signatures over a network, in TensorFlow ops alone."""

from typing import Any

import tensorflow as tf

from colorizer_tf import color

SIGNATURES = ("predict_ab", "colorize", "colorize_bytes")

_HALF_PRECISION = {"float16", "bfloat16", "mixed_float16", "mixed_bfloat16"}


class ColorizeModule(tf.Module):
    """The signatures over a float32 network, in TensorFlow ops alone."""

    def __init__(self, network: Any, stride: int, size: int) -> None:
        super().__init__(name="colorizer")
        # Only the variables are tracked: Keras objects would ask for Keras on loading.
        self.weights = [variable.value for variable in network.variables]
        self._scaled_ab = lambda lightness: network(lightness, training=False)
        self._stride = stride
        self._area = float(size * size)

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None, None, None, 1], tf.float32)]
    )
    def predict_ab(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        """L in [0, 100] to ab, at any height and width."""
        return {"ab": self._predict(lightness)}

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None, None, None, None], tf.uint8)]
    )
    def colorize(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Gray or sRGB photos of one size to sRGB, on their own lightness."""
        return {"image": self._colorize(image)}

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def colorize_bytes(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        """Encoded photos of any sizes to PNG."""

        def one(data: tf.Tensor) -> tf.Tensor:
            image = _decode(data)
            return tf.io.encode_png(self._colorize(image[None])[0])

        return {"png": tf.map_fn(one, encoded, fn_output_signature=tf.string)}

    def _predict(self, lightness: tf.Tensor) -> tf.Tensor:
        height, width = _sides(lightness)
        padded = tf.gather(lightness, _reflected(height, self._stride), axis=1)
        padded = tf.gather(padded, _reflected(width, self._stride), axis=2)
        scaled_ab = self._scaled_ab(color.scale_lightness(padded))
        return color.unscale_ab(scaled_ab)[:, :height, :width]

    def _colorize(self, image: tf.Tensor) -> tf.Tensor:
        channels = tf.shape(image)[3]
        with tf.control_dependencies(
            [
                tf.debugging.assert_equal(
                    (channels == 1) | (channels == 3),
                    True,
                    "a photo must have 1 (gray) or 3 (sRGB) channels",
                ),
                tf.debugging.assert_positive(tf.shape(image), "a photo must not be empty"),
            ]
        ):
            count, (height, width) = tf.shape(image)[0], _sides(image)
            rgb = tf.broadcast_to(image, [count, height, width, 3])
        lightness = color.rgb_to_lightness(rgb)
        sides = self._network_sides(height, width)
        ab = self._predict(tf.image.resize(lightness, sides, antialias=True))
        ab = tf.image.resize(ab, [height, width], antialias=True)
        return tf.cast(tf.round(color.merge_lab(lightness, ab) * 255.0), tf.uint8)

    def _network_sides(self, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        sides = tf.cast([height, width], tf.float64)
        sides *= tf.sqrt(tf.cast(self._area, tf.float64) / tf.reduce_prod(sides))
        return tf.cast(tf.clip_by_value(tf.round(sides), 1.0, self._area), tf.int32)


def _sides(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    shape = tf.shape(image)
    return shape[1], shape[2]


def _reflected(side: tf.Tensor, stride: int) -> tf.Tensor:
    """Indices that lengthen a side by reflection to a multiple of the stride.

    A triangle wave, since `tf.pad` reflects at most once, and not at all at a side of 1.
    """
    period = tf.maximum(2 * (side - 1), 1)
    wave = tf.range((side + stride - 1) // stride * stride) % period
    return tf.minimum(tf.minimum(wave, period - wave), side - 1)


def _decode(data: tf.Tensor) -> tf.Tensor:
    """Gray or RGB `(h, w, 1 or 3)` uint8 of an encoded photo; alpha is put over white."""
    image = tf.io.decode_image(data, expand_animations=False)
    channels = tf.shape(image)[2]

    def over_white() -> tf.Tensor:
        floats = tf.cast(image, tf.float32)
        alpha = floats[..., -1:] / 255.0
        return tf.cast(tf.round(floats[..., :-1] * alpha + 255.0 * (1.0 - alpha)), tf.uint8)

    return tf.cond((channels == 2) | (channels == 4), over_white, lambda: image)


def in_float32(network: Any) -> Any:
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
