"""The denoiser of a diffusion model: from noisy color to its velocity, given what a U-Net knows.

Color is in the units of `color_classes.compress_chroma` over `COLOR_SCALE`, so that its variance is
near 1, at the U-Net's `ab_stride`. With signal rate c and noise rate s, c^2 + s^2 = 1, noisy color
is c x + s e, and its velocity c e - s x (Salimans and Ho 2022).
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from colorizer_tf.color import AB_MAX
from colorizer_tf.networks.blocks import AB_CONV, LOGITS, HalvedMean, conv, enlarge
from colorizer_tf.networks.color_classes import (
    CENTERS,
    NUM_CLASSES,
    compress_chroma,
    expand_chroma,
)

COLOR_SCALE = 10.0 / AB_MAX
# Of colors around the center of their class: centers lie 0.4 to 0.9 apart.
CLASS_SPREAD = 0.25
EMBEDDING = 128
FREQUENCIES = 16
# Of layers that no ReLU follows: the variance stays.
INITIALIZER = "lecun_normal"
NOISY, TIME = "noisy", "time"
FEATURES, CLASS_LOGITS, LABEL = "features", "logits", "label"
VELOCITY = "velocity"
# Below it a step would divide by a noise rate near zero; no sampler comes there.
FIRST_TIME = 0.005
# See `inference.sampling`.
NOISE_SHIFT = 16.0


def conditioner(network: keras.Model) -> keras.Model:
    """What a denoiser is told of L.

    Args:
        network: a U-Net, see `networks.unet`.

    Returns:
        A model of the same weights, from scaled L to a dictionary of "features", those that its
        head reads, and of a network with color classes "logits".
    """
    logits = next((layer for layer in network.layers if layer.name == LOGITS), None)
    head = network.get_layer(AB_CONV) if logits is None else logits
    outputs = {FEATURES: layers.Rescaling(1.0, dtype="float32", name=FEATURES)(head.input)}
    if logits is not None:
        outputs[CLASS_LOGITS] = logits.output
    return keras.Model(network.input, outputs, name="conditioner")


def denoiser_stride(widths: Sequence[int]) -> int:
    """The number that height and width of its color must be divisible by."""
    return int(2 ** (len(widths) - 1))


def to_color(scaled_ab: Any, ab_stride: int) -> Any:
    """The denoiser's color `(n, h / ab_stride, w / ab_stride, 2)` of scaled ab `(n, h, w, 2)`."""
    coarse = ops.average_pool(scaled_ab, ab_stride, strides=ab_stride)
    return compress_chroma(coarse) / COLOR_SCALE


def from_color(color: Any, ab_stride: int) -> Any:
    """Scaled ab of the denoiser's color: the inverse of `to_color`, enlarged smoothly."""
    return enlarge(expand_chroma(color * COLOR_SCALE), ab_stride)


def denoiser(
    features: int,
    widths: Sequence[int] = (32, 64, 96, 96),
    *,
    classes: bool = True,
    labels: int = 0,
) -> keras.Model:
    """A denoiser of color at the coarse size of a U-Net's last features.

    What it adds to is exact where pixels are independent given L: the mean color given the noisy
    one, with the U-Net's distribution of classes as the prior (`ClassPosterior`). What remains to
    be learned is how pixels depend on each other. The same mean at each coarser level tells the
    color of larger regions.

    Args:
        features: channels of the U-Net's features.
        widths: channels of the levels, each at half the size of the one before.
        classes: whether the U-Net gives logits of color classes.
        labels: number of labels that it can be conditioned on.

    Returns:
        A functional model of a dictionary of "noisy" `(n, h, w, 2)`, "features" `(n, h, w,
        features)`, "time" `(n,)` in (0, 1], with classes "logits" `(n, h, w, 169)`, and with labels
        "label" `(n,)` int32, 0 for none, to the velocity `(n, h, w, 2)` in float32; h and w are
        multiples of 2 ** (levels - 1).
    """
    inputs = {
        NOISY: keras.Input((None, None, 2), name=NOISY, dtype="float32"),
        FEATURES: keras.Input((None, None, features), name=FEATURES, dtype="float32"),
        TIME: keras.Input((), name=TIME, dtype="float32"),
    }
    if classes:
        shape = (None, None, NUM_CLASSES)
        inputs[CLASS_LOGITS] = keras.Input(shape, name=CLASS_LOGITS, dtype="float32")
    if labels:
        inputs[LABEL] = keras.Input((), name=LABEL, dtype="int32")
    embedding = _embedding(inputs, labels)
    means = _means(inputs, len(widths))
    x = layers.Concatenate()(
        [
            means[0],
            conv(
                inputs[FEATURES],
                widths[0] - means[0].shape[-1],
                "denoiser1_features",
                size=1,
                initializer=INITIALIZER,
            ),
        ]
    )
    levels: list[Any] = []
    for level, width in enumerate(widths):
        name = f"denoiser{2**level}"
        if level:
            x = conv(x, width, f"{name}_down", size=2, stride=2, initializer=INITIALIZER)
            x = layers.Concatenate()([x, means[level]])
        x = modulated_block(x, embedding, width, f"{name}_in")
        levels.append(x)
    for level in range(len(widths) - 2, -1, -1):
        name = f"denoiser{2**level}"
        x = layers.UpSampling2D(2)(
            conv(x, widths[level], f"{name}_up", size=1, initializer=INITIALIZER)
        )
        x = layers.Concatenate()([x, levels[level]])
        x = modulated_block(x, embedding, widths[level], f"{name}_out")
    x = layers.LayerNormalization(epsilon=1e-3, dtype="float32", name="denoiser_norm")(x)
    x = layers.Activation("silu", dtype="float32")(x)
    # Zeros: it begins as the independent pixels' denoiser.
    correction = layers.Conv2D(
        2, 3, padding="same", kernel_initializer="zeros", dtype="float32", name="denoiser_velocity"
    )(x)
    independent = Velocity(name="independent_velocity", dtype="float32")(
        [inputs[NOISY], means[0][..., 2:4], inputs[TIME]]
    )
    velocity = layers.Add(name=VELOCITY, dtype="float32")([independent, correction])
    return keras.Model(inputs, velocity, name="denoiser")


def modulated_block(x: Any, embedding: Any, channels: int, name: str) -> Any:
    """A residual block whose inner features are scaled and shifted by an embedding.

    Perez et al. 2018 (FiLM), as in the blocks of Dhariwal and Nichol 2021 but without their group
    normalization: its statistics would depend on the size of the picture.
    """
    shortcut = x
    if x.shape[-1] != channels:
        shortcut = conv(x, channels, f"{name}_shortcut", size=1, initializer=INITIALIZER)
    x = layers.LayerNormalization(epsilon=1e-3, name=f"{name}_norm")(x)
    x = conv(layers.Activation("silu")(x), channels, f"{name}_conv1", initializer=INITIALIZER)
    change = layers.Dense(2 * channels, kernel_initializer="zeros", name=f"{name}_change")(
        embedding
    )
    x = layers.Activation("silu")(Modulate(name=f"{name}_modulate")([x, change]))
    x = conv(x, channels, f"{name}_conv2", initializer="zeros")
    return layers.Add()([x, shortcut])


def _embedding(inputs: dict[str, Any], labels: int) -> Any:
    x = Waves(name="time_waves", dtype="float32")(inputs[TIME])
    x = layers.Dense(EMBEDDING, name="time_dense")(x)
    if labels:
        # One more than labels: 0 is none.
        label = layers.Embedding(labels + 1, EMBEDDING, name="label_embedding")(inputs[LABEL])
        x = layers.Add()([x, label])
    return layers.Activation("silu")(x)


def _means(inputs: dict[str, Any], count: int) -> list[Any]:
    """By level, noisy color beside its mean under the prior of independent pixels."""
    noisy, logits = inputs[NOISY], inputs.get(CLASS_LOGITS)
    found = []
    for level in range(count):
        if level:
            noisy = layers.AveragePooling2D(2, dtype="float32")(noisy)
            if logits is not None:
                logits = HalvedMean(name=f"pooled{2**level}", dtype="float32")(logits)
        posterior = ClassPosterior(2**level, name=f"posterior{2**level}", dtype="float32")
        given = [noisy, inputs[TIME]] if logits is None else [noisy, inputs[TIME], logits]
        found.append(layers.Concatenate(dtype="float32")([noisy, posterior(given)]))
    return found


def rates(time: Any) -> tuple[Any, Any]:
    """Signal and noise rate at times `(n,)` in [0, 1], each `(n, 1, 1, 1)`.

    As `inference.sampling.rates`, where the source is named.
    """
    time = ops.reshape(time, (-1, 1, 1, 1))
    angle = time * (3.141592653589793 / 2)
    signal, noise = ops.cos(angle), ops.power(NOISE_SHIFT, time) * ops.sin(angle)
    length = ops.sqrt(ops.square(signal) + ops.square(noise))
    return signal / length, noise / length


@keras.saving.register_keras_serializable("colorizer_tf")
class ClassPosterior(layers.Layer):
    """The mean color given a noisy one, were pixels independent: `(n, h, w, 2)`.

    The prior is a mixture of a Gaussian at each class; without classes one Gaussian, of mean 0 and
    variance 1. Called on `[noisy, time]` or `[noisy, time, logits]`.

    Args:
        pooled: side of the squares that noisy colors are means of, in which noise is less.
    """

    def __init__(self, pooled: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pooled = pooled

    def call(self, inputs: Any) -> Any:
        noisy, time, *logits = inputs
        signal, noise = rates(time)
        noise = noise / self.pooled
        spread = CLASS_SPREAD**2 if logits else 1.0
        # Of noisy colors of one class.
        variance = ops.square(signal) * spread + ops.square(noise)
        gain = spread * signal / variance
        if not logits:
            return gain * noisy
        count = len(CENTERS)
        centers = ops.convert_to_tensor(CENTERS, dtype="float32") / (AB_MAX * COLOR_SCALE)
        colors = ops.stack([ops.repeat(centers, count), ops.tile(centers, [count])], axis=-1)
        # The log likelihood of each class, less what all have in common, as one product.
        lengths = ops.sum(ops.square(colors), axis=-1, keepdims=True)
        half = ops.ones_like(noisy[..., :1]) * ops.square(signal) / -2
        known = ops.concatenate([noisy * signal, half], axis=-1) / variance
        fit = ops.matmul(known, ops.transpose(ops.concatenate([colors, lengths], axis=-1)))
        mean = ops.matmul(ops.softmax(logits[0] + fit, axis=-1), colors)
        return mean + gain * (noisy - signal * mean)

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pooled": self.pooled}


@keras.saving.register_keras_serializable("colorizer_tf")
class Velocity(layers.Layer):
    """The velocity of `[noisy color, its clean color, time]`."""

    def call(self, inputs: Any) -> Any:
        noisy, clean, time = inputs
        signal, noise = rates(time)
        return (signal * noisy - clean) / noise

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]


@keras.saving.register_keras_serializable("colorizer_tf")
class Modulate(layers.Layer):
    """Features `(n, h, w, c)` scaled and shifted by `(n, 2 c)`."""

    def call(self, inputs: Any) -> Any:
        x, change = inputs
        scale, shift = ops.split(change[:, None, None, :], 2, axis=-1)
        return x * (1.0 + scale) + shift

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]


@keras.saving.register_keras_serializable("colorizer_tf")
class Waves(layers.Layer):
    """Sines and cosines of times `(n,)` at `FREQUENCIES` frequencies from 1 to 100 turns."""

    def call(self, time: Any) -> Any:
        turns = [100.0 ** (number / (FREQUENCIES - 1)) for number in range(FREQUENCIES)]
        angles = time[:, None] * ops.cast(ops.convert_to_tensor(turns), time.dtype) * 6.283185307
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape, 2 * FREQUENCIES)
