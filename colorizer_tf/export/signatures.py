"""What a SavedModel can do: signatures over a network, in TensorFlow ops alone."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.color.merge import guided
from colorizer_tf.export import hints
from colorizer_tf.export.network import StoredNetwork
from colorizer_tf.inference.runtimes import AB, HINT_FEATURES, LOGITS

LIGHTNESS_SPEC = tf.TensorSpec([None, None, None, 1], tf.float32, "lightness")
HINT_AB_SPEC = tf.TensorSpec([None, None, None, 2], tf.float32, "hint_ab")
HINT_MASK_SPEC = tf.TensorSpec([None, None, None, 1], tf.float32, "hint_mask")


class ColorizeModule(tf.Module):
    """The signatures over a network, in TensorFlow ops alone.

    Args:
        network: the network.
        size: the scale at which `colorize` predicts color, in pixels.
        ab_stride: see `merge.guided`; kept, as is the size.
        temperature: at which the signatures read a distribution over color classes; by default the
            network's own.
        gain: factor of that distribution's color.
    """

    def __init__(
        self,
        network: StoredNetwork,
        size: int,
        ab_stride: int = 1,
        temperature: float | None = None,
        gain: float = 1.0,
    ) -> None:
        super().__init__(name="colorizer")
        # Only the variables are tracked: Keras objects would ask for Keras on loading.
        self.weights = network.weights
        self.network = network
        self.size = size
        self.ab_stride = ab_stride
        self.temperature = temperature or network.temperature
        self.gain = gain
        if self.temperature is not None:
            spec = [LIGHTNESS_SPEC]
            self.predict_classes = tf.function(self._classes, spec, autograph=False)
        if network.hints:
            # Plain numbers: what is tracked would be wrapped.
            self._hint_kernel = MappingProxyType(network.hints.describe())
            spec = [LIGHTNESS_SPEC]
            self.predict_hint_features = tf.function(self._hint_features, spec, autograph=False)
            spec = [LIGHTNESS_SPEC, HINT_AB_SPEC, HINT_MASK_SPEC]
            self.predict_ab_hinted = tf.function(self._ab_hinted, spec, autograph=False)

    def signatures(self) -> dict[str, Callable[..., Any]]:
        """The functions by the names under which they are saved."""
        names = ["predict_ab", "colorize", "colorize_bytes", "predict_classes"]
        names += ["predict_hint_features", "predict_ab_hinted"]
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    @tf.function(autograph=False, input_signature=[LIGHTNESS_SPEC])
    def predict_ab(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        """L in [0, 100] to ab, at any height and width."""
        return {AB: self.predict(lightness)[AB]}

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None, None, None, None], tf.uint8)]
    )
    def colorize(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Gray or sRGB photos of one size to sRGB, on their own lightness."""
        return {"image": self._colorize(image)}

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def colorize_bytes(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        """Encoded photos of any sizes to PNG; TensorFlow Serving takes `_bytes` for binary."""

        def one(data: tf.Tensor) -> tf.Tensor:
            image = _decode(data)
            return tf.io.encode_png(self.colorize(image[None])["image"][0])

        return {"png_bytes": tf.map_fn(one, encoded, fn_output_signature=tf.string)}

    # Traced once for all signatures: they call it.
    @tf.function(autograph=False, input_signature=[LIGHTNESS_SPEC])
    def predict(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        """Ab, and logits of color classes if the network gives them, of L in [0, 100].

        The logits are of the photo lengthened by reflection to multiples of the network's stride.
        """
        # The signature of a loaded model does not hold its callers to this by itself.
        lightness = tf.ensure_shape(lightness, [None, None, None, 1])
        height, width = _sides(lightness)
        padded = lengthened(lightness, self.network.stride)
        predicted, features = self.network.body(color.scale_lightness(padded))
        scaled_ab = self.network.scaled_ab(predicted, self.temperature, self.gain)
        outputs = {AB: color.unscale_ab(scaled_ab)[:, :height, :width]}
        if self.temperature is not None:
            outputs[LOGITS] = predicted
        return outputs if features is None else outputs | {HINT_FEATURES: features}

    def _classes(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        return {LOGITS: self.predict(lightness)[LOGITS]}

    def _hint_features(self, lightness: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = self.predict(lightness)
        return {name: outputs[name] for name in (LOGITS, HINT_FEATURES)}

    def _ab_hinted(
        self, lightness: tf.Tensor, hint_ab: tf.Tensor, hint_mask: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Ab with the hints' own where the mask is over 0, and spread from there."""
        outputs = self.predict(lightness)
        slope, base = _guided_lines(lightness, outputs[AB], self.ab_stride)
        sharp = slope * lightness + base

        def one(photo: tuple[tf.Tensor, ...]) -> tf.Tensor:
            level, plain, own, features, asked, mask = photo
            places = hints.places_of(level, features, self.ab_stride, self._hint_kernel)
            hinted = own + hints.moved(places, mask[..., 0] > 0, asked - own)
            return tf.where(tf.reduce_any(mask > 0), hinted, plain)

        photos = (lightness, outputs[AB], sharp, outputs[HINT_FEATURES], hint_ab, hint_mask)
        return {AB: tf.map_fn(one, photos, fn_output_signature=tf.float32)}

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
        small = tf.image.resize(lightness, sides, antialias=True)
        slope, base = _guided_lines(small, self.predict(small)[AB], self.ab_stride)
        lines = tf.image.resize(tf.concat([slope, base], -1), [height, width], antialias=True)
        ab = lines[..., :2] * lightness + lines[..., 2:]
        return tf.cast(tf.round(color.merge_lab(lightness, ab) * 255.0), tf.uint8)

    def _network_sides(self, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        sides = tf.cast([height, width], tf.float64)
        area = float(self.size**2)
        sides *= tf.sqrt(area / tf.reduce_prod(sides))
        return tf.cast(tf.clip_by_value(tf.round(sides), 1.0, area), tf.int32)


def lengthened(lightness: tf.Tensor, stride: int) -> tf.Tensor:
    """L lengthened by reflection, at the bottom and the right, to multiples of the stride."""
    height, width = _sides(lightness)
    padded = tf.gather(lightness, _reflected(height, stride), axis=1)
    return tf.gather(padded, _reflected(width, stride), axis=2)


def _guided_lines(lightness: tf.Tensor, ab: tf.Tensor, stride: int) -> tuple[tf.Tensor, tf.Tensor]:
    """`merge.guided.guided_lines` in TensorFlow ops: slope and value at L* = 0 of a* and b*."""
    blurred = lightness
    if stride > 1:
        height, width = _sides(lightness)
        coarse = tf.nn.avg_pool2d(lightness, stride, stride, "SAME")
        large = tf.repeat(tf.repeat(coarse, stride, axis=1), stride, axis=2)
        blurred = _window_mean(large[:, :height, :width], 2 * stride - 1)
    mean = _window_mean(blurred)
    spread = _window_mean(blurred * blurred) - mean * mean + guided.EPSILON
    shared = _window_mean(blurred * ab) - mean * _window_mean(ab)
    slope = _window_mean(shared / spread)
    slope = tf.clip_by_value(slope, -guided.STEEPEST, guided.STEEPEST)
    return slope, ab - slope * blurred


def _window_mean(values: tf.Tensor, side: int = guided.WINDOW) -> tf.Tensor:
    return tf.nn.avg_pool2d(values, side, 1, "SAME")


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
