"""The encoder-decoder that predicts ab from L (U-Net: Ronneberger et al. 2015).

Departures from the paper: residual blocks; padded convolutions, so that sizes match; and no level
at full resolution. The eye and CIEDE2000 see little of fine color (true ab at 64 px under the full
128 px L lies about 1 CIEDE2000 from the truth, at 32 px about 2), so the stem halves the size, and
the decoder ends at half or a quarter of it: its output is enlarged smoothly.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from colorizer_tf.networks.blocks import (
    ab_head,
    class_head,
    conv,
    downsample,
    residual_block,
    upsample,
)
from colorizer_tf.networks.efficientnet_lite import VARIANTS, efficientnet_lite_features

STEM_STRIDE = 2
HEADS = ("ab", "classes")
ENCODERS = ("plain", *VARIANTS)


def unet_stride(widths: Sequence[int], encoder: str = "plain") -> int:
    """The number that height and width must be divisible by."""
    return STEM_STRIDE * 2 ** (len(widths) - 1) if encoder == "plain" else 32


def unet(
    widths: Sequence[int] = (32, 64, 128, 256, 384),
    blocks: int = 1,
    skips: bool = True,
    norm: str = "batch",
    *,
    encoder: str = "plain",
    ab_stride: int = STEM_STRIDE,
    head: str = "ab",
    temperature: float = 1.0,
    name: str = "unet",
) -> keras.Model:
    """A U-Net from scaled L to scaled ab.

    Args:
        widths: channels of each level; the first works at half the input's size, each further one
            at half the size of the one before. With a pretrained encoder they are the decoder's.
        blocks: blocks a level, on the way down and on the way up.
        skips: hand each level's features from the encoder to the decoder.
        norm: "batch" or "none", see `blocks.normalize`.
        encoder: "plain", or an EfficientNet-Lite (see `efficientnet_lite.VARIANTS`).
        ab_stride: how much coarser than the input the ab is: the decoder ends there.
        head: "ab", or "classes": a distribution of color and its annealed mean.
        temperature: of the classes' softmax, see `ClassMean`.
        name: the model's name.

    Returns:
        A functional model from `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab, both in
        [-1, 1]; h and w are free multiples of its attribute `stride`. Its attribute `ab_stride` is
        how much coarser than the input the ab is before it is enlarged.

    Raises:
        ValueError: on another encoder, ab_stride, head or norm.
    """
    ab_strides = [STEM_STRIDE * 2**level for level in range(len(widths))]
    for word, given, known in (
        ("encoder", encoder, ENCODERS),
        ("ab_stride", ab_stride, ab_strides),
        ("head", head, HEADS),
    ):
        if given not in known:
            raise ValueError(f"{word}: received {given!r}, expected {known}")
    if encoder != "plain" and len(widths) != 5:
        raise ValueError(f"widths: received {len(widths)} of them, expected 5 with {encoder}")
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    if encoder == "plain":
        levels = _plain_features(lightness, widths, blocks, norm)
    else:
        levels = _pretrained_features(lightness, encoder, widths, norm)
    x = levels[-1]
    for level in range(len(widths) - 2, ab_strides.index(ab_stride) - 1, -1):
        width, name = widths[level], f"decoder{ab_strides[level]}"
        x = upsample(x, width, norm, f"{name}_up")
        if skips:
            x = layers.Concatenate()([x, levels[level]])
        for number in range(blocks):
            x = residual_block(x, width, norm, f"{name}_block{number}")
    ab = ab_head(x, ab_stride) if head == "ab" else class_head(x, ab_stride, temperature)
    network = keras.Model(lightness, ab, name=name)
    network.stride, network.ab_stride = unet_stride(widths, encoder), ab_stride
    return network


def _plain_features(x: Any, widths: Sequence[int], blocks: int, norm: str) -> list[Any]:
    x = conv(x, widths[0], "encoder2_stem", size=5, stride=STEM_STRIDE, norm=norm)
    x = layers.Activation("relu")(x)
    levels: list[Any] = []
    for level, width in enumerate(widths):
        name = f"encoder{STEM_STRIDE * 2**level}"
        if level:
            x = downsample(x, width, norm, f"{name}_down")
        for number in range(blocks):
            x = residual_block(x, width, norm, f"{name}_block{number}")
        levels.append(x)
    return levels


def _pretrained_features(x: Any, encoder: str, widths: Sequence[int], norm: str) -> list[Any]:
    """The encoder's features, with half of the decoder's channels at each skip."""
    channels = [width // 2 for width in widths[:-1]] + [widths[-1]]
    features = efficientnet_lite_features(x, encoder)
    # The encoder's blocks end without an activation, at scales that differ by a factor of ten.
    return [
        layers.Activation("relu")(conv(x, count, f"skip{2**level}", size=1, norm=norm))
        for level, (x, count) in enumerate(zip(features, channels, strict=True), start=1)
    ]
