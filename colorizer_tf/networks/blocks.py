"""Blocks of networks: each takes a tensor and returns one.

A block's name starts the names of its layers, so that weights can be found by layer name.
"""

from typing import Any

import keras
from keras import layers

from colorizer_tf.networks.color_classes import NUM_CLASSES, ClassMean

LOGITS, SCALED_AB, AB_CONV = "color_logits", "scaled_ab", "ab_conv"


def normalize(x: Any, norm: str, name: str | None = None) -> Any:
    """Normalize the activations `(n, h, w, c)`; every kind trains alike on 1 and on 2 replicas.

    Args:
        x: `(n, h, w, c)`.
        norm: "batch" (statistics over the batches of all replicas together) or "none".
        name: of the layer.

    Raises:
        ValueError: on another name.
    """
    if norm == "batch":
        # Only TensorFlow's strategies have replicas to synchronize; Keras refuses it elsewhere.
        together = keras.backend.backend() == "tensorflow"
        return layers.BatchNormalization(
            momentum=0.98, epsilon=1e-3, synchronized=together, name=name
        )(x)
    if norm == "none":
        return x
    raise ValueError(f"norm: received {norm!r}, expected batch or none")


def conv(
    x: Any,
    channels: int,
    name: str,
    *,
    size: int = 3,
    stride: int = 1,
    norm: str = "none",
    initializer: str = "he_normal",
) -> Any:
    """Convolution and normalization; without a bias that the normalization would undo."""
    x = layers.Conv2D(
        channels,
        size,
        strides=stride,
        padding="same",
        use_bias=norm == "none",
        kernel_initializer=initializer,
        name=name,
    )(x)
    return normalize(x, norm, f"{name}_norm")


def residual_block(x: Any, channels: int, norm: str, name: str) -> Any:
    """Two 3x3 convolutions around a shortcut (He et al. 2015)."""
    shortcut = x
    if x.shape[-1] != channels:
        shortcut = conv(x, channels, f"{name}_shortcut", size=1)
    x = layers.Activation("relu")(conv(x, channels, f"{name}_conv1", norm=norm))
    # Without normalization, blocks that start as the identity keep deep sums from growing
    # (Zhang, Dauphin and Ma 2019).
    initializer = "zeros" if norm == "none" else "he_normal"
    x = conv(x, channels, f"{name}_conv2", norm=norm, initializer=initializer)
    return layers.Activation("relu")(layers.Add()([x, shortcut]))


def downsample(x: Any, channels: int, norm: str, name: str) -> Any:
    """Half the size, by a strided convolution."""
    return layers.Activation("relu")(conv(x, channels, f"{name}_conv", stride=2, norm=norm))


def upsample(x: Any, channels: int, norm: str, name: str) -> Any:
    """Twice the size; channels shrink first, where there are a quarter of the pixels."""
    x = layers.Activation("relu")(conv(x, channels, f"{name}_conv", size=1, norm=norm))
    return layers.UpSampling2D(2, interpolation="nearest")(x)


def ab_head(x: Any, scale: int) -> keras.KerasTensor:
    """Scaled ab `(n, h*scale, w*scale, 2)` in [-1, 1], in float32 under any precision policy."""
    # Zeros: an untrained network answers gray, which is also what it must first learn to beat.
    x = layers.Conv2D(
        2, 3, padding="same", kernel_initializer="zeros", dtype="float32", name=AB_CONV
    )(x)
    return layers.Activation("tanh", dtype="float32", name=SCALED_AB)(enlarge(x, scale))


def class_head(x: Any, scale: int, temperature: float) -> keras.KerasTensor:
    """Scaled ab as `ab_head` gives it, by way of the layer "color_logits" `(n, h, w, 169)`."""
    logits = layers.Conv2D(
        NUM_CLASSES, 1, kernel_initializer="zeros", dtype="float32", name=LOGITS
    )(x)
    ab = ClassMean(temperature, dtype="float32")(logits)
    return layers.Rescaling(1.0, dtype="float32", name=SCALED_AB)(enlarge(ab, scale))


def enlarge(x: Any, scale: int) -> Any:
    """Feature maps `(n, h, w, c)` made smoothly larger: `(n, h*scale, w*scale, c)` float32."""
    # Repeated pixels and their 3x3 mean: close to a bilinear resize, without its trouble with sizes
    # that are not known beforehand, and at the border the mean is over what there is.
    x = layers.UpSampling2D(scale, interpolation="nearest", dtype="float32")(x)
    return layers.AveragePooling2D(2 * scale - 1, strides=1, padding="same", dtype="float32")(x)


def coarsener(scale: int) -> keras.Model:
    """A model that reduces scaled ab to the detail that a network with a coarser ab can give.

    The means of squares, enlarged as `ab_head` does: `(n, h, w, 2)` to the same, h and w multiples
    of scale.
    """
    scaled_ab = keras.Input((None, None, 2), name="scaled_ab", dtype="float32")
    means = layers.AveragePooling2D(scale, dtype="float32")(scaled_ab)
    return keras.Model(scaled_ab, enlarge(means, scale), name="coarsener")


@keras.saving.register_keras_serializable("colorizer_tf")
class HalvedMean(layers.Layer):
    """Means of squares of 2 x 2: `AveragePooling2D`, in operations that leave channels last.

    ONNX Runtime turns the many channels of logits to and fro for its own pooling.
    """

    def call(self, x: Any) -> Any:
        rows = x[:, ::2] + x[:, 1::2]
        return (rows[:, :, ::2] + rows[:, :, 1::2]) / 4

    def compute_output_shape(self, shape: Any) -> Any:
        count, *sides, channels = shape
        return (count, *(side and side // 2 for side in sides), channels)
