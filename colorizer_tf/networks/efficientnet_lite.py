"""EfficientNet-Lite as an encoder of lightness (Tan and Le 2019; Lite: Google, 2020).

The Lite variants have no squeeze-and-excitation, ReLU6 in place of swish, and a stem and a head of
fixed width; the compound scaling leaves the depth of the first and the last stage alone. Departure:
one input channel instead of three, and no classification head unless it is asked for.
"""

import math
from typing import Any, NamedTuple

import keras
from keras import layers


class Stage(NamedTuple):
    """A row of the paper's table 1."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    repeats: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)
# Multipliers of width and depth.
VARIANTS = {
    "efficientnet-lite0": (1.0, 1.0),
    "efficientnet-lite1": (1.0, 1.1),
    "efficientnet-lite2": (1.1, 1.2),
}
STEM_CHANNELS, HEAD_CHANNELS, NUM_IMAGENET_CLASSES = 32, 1280, 1000
EPSILON = 1e-3


def efficientnet_lite_features(
    x: Any, variant: str, bn_momentum: float = 0.98, prefix: str = "encoder"
) -> list[Any]:
    """Features of strides 2, 4, 8, 16 and 32.

    Args:
        x: `(n, h, w, c)`, h and w multiples of 32; about in [-1, 1].
        variant: a key of `VARIANTS`.
        bn_momentum: of the batch normalizations' moving statistics.
        prefix: starts the layers' names.

    Returns:
        Five tensors `(n, h / stride, w / stride, channels)`: the output of the last block at each
        stride, linear and unnormalized, as the blocks end without an activation.
    """
    width, depth = VARIANTS[variant]
    build = _Builder(bn_momentum, prefix)
    x = build.conv(x, STEM_CHANNELS, 3, 2, "stem")
    features, number = [], 0
    for index, stage in enumerate(STAGES):
        edge = index in (0, len(STAGES) - 1)
        channels = _round_channels(stage.channels * width)
        for repeat in range(stage.repeats if edge else math.ceil(stage.repeats * depth)):
            stride = stage.stride if repeat == 0 else 1
            if stride == 2:
                features.append(x)
            block = stage._replace(stride=stride, channels=channels)
            x = build.inverted_residual(x, block, f"block{number}")
            number += 1
    return [*features, x]


def efficientnet_lite_classifier(variant: str, channels: int = 3) -> keras.Model:
    """The ImageNet classifier `(n, h, w, channels)` to `(n, 1000)` logits, to check weights with.

    Pictures are expected as `(rgb - 127) / 128`.
    """
    pictures = keras.Input((None, None, channels))
    build = _Builder(0.98, "encoder")
    x = efficientnet_lite_features(pictures, variant)[-1]
    x = build.conv(x, HEAD_CHANNELS, 1, 1, "head")
    x = layers.GlobalAveragePooling2D()(x)
    logits = layers.Dense(NUM_IMAGENET_CLASSES, name="encoder_classes")(x)
    return keras.Model(pictures, logits, name=variant)


class _Builder:
    """Layers with the momentum and the names of one encoder."""

    def __init__(self, momentum: float, prefix: str) -> None:
        self.momentum, self.prefix = momentum, prefix

    def normalize(self, x: Any, name: str) -> Any:
        return layers.BatchNormalization(
            momentum=self.momentum, epsilon=EPSILON, name=f"{self.prefix}_{name}_bn"
        )(x)

    def conv(
        self, x: Any, channels: int, kernel: int, stride: int, name: str, relu: bool = True
    ) -> Any:
        x = layers.Conv2D(
            channels,
            kernel,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"{self.prefix}_{name}",
        )(x)
        x = self.normalize(x, name)
        return layers.Activation("relu6")(x) if relu else x

    def inverted_residual(self, x: Any, block: Stage, name: str) -> Any:
        """Expand, filter each channel, project (Sandler et al. 2018)."""
        shortcut, channels = x, x.shape[-1]
        if block.expansion != 1:
            x = self.conv(x, channels * block.expansion, 1, 1, f"{name}_expand")
        x = layers.DepthwiseConv2D(
            block.kernel,
            strides=block.stride,
            padding="same",
            use_bias=False,
            # He's initialization: Keras counts all channels as inputs, and each has one only.
            depthwise_initializer=keras.initializers.VarianceScaling(2.0, "fan_out"),
            name=f"{self.prefix}_{name}_depthwise",
        )(x)
        x = layers.Activation("relu6")(self.normalize(x, f"{name}_depthwise"))
        x = self.conv(x, block.channels, 1, 1, f"{name}_project", relu=False)
        if block.stride == 1 and channels == block.channels:
            x = layers.Add()([x, shortcut])
        return x


def _round_channels(channels: float, divisor: int = 8) -> int:
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    # Rounding down must not take away more than a tenth.
    return rounded + divisor if rounded < 0.9 * channels else rounded
