"""The encoder-decoder that predicts ab from L (U-Net: Ronneberger et al. 2015).

Departures from the paper: residual blocks; padded convolutions, so that sizes match; and no level
at full resolution. The eye and CIEDE2000 see little of fine color (true ab at 64 px under the full
128 px L lies about 1 CIEDE2000 from the truth, at 32 px about 2), so the stem halves the size, and
the decoder ends at half or a quarter of it: what it gives is smoothly enlarged.
"""

from collections.abc import Sequence

import keras
from keras import layers

from colorizer_tf.networks.attention import SelfAttention
from colorizer_tf.networks.blocks import (
    ab_head,
    class_head,
    conv,
    downsample,
    global_context,
    plain_block,
    residual_block,
    upsample,
)

STEM_STRIDE = 2
CONTEXTS = ("none", "pool", "attention")
HEADS = ("ab", "classes")


def unet_stride(widths: Sequence[int]) -> int:
    """The number that height and width must be divisible by."""
    return STEM_STRIDE * 2 ** (len(widths) - 1)


def unet(
    widths: Sequence[int] = (32, 64, 128, 256, 384),
    blocks: int = 1,
    skips: bool = True,
    norm: str = "batch",
    *,
    ab_stride: int = STEM_STRIDE,
    shortcuts: bool = True,
    context: str = "none",
    head: str = "ab",
    temperature: float = 1.0,
    name: str = "unet",
) -> keras.Model:
    """A U-Net from scaled L to scaled ab.

    Args:
        widths: channels of each level; the first works at half the input's size, each further one
            at half the size of the one before.
        blocks: blocks a level, on the way down and on the way up.
        skips: hand each level's features from the encoder to the decoder.
        norm: "batch", "group" or "none", see `blocks.normalize`.
        ab_stride: how much coarser than the input the ab is: the decoder ends there.
        shortcuts: residual blocks, else plain ones.
        context: what the coarsest level knows of the whole picture: "none" (what its convolutions
            reach), "pool" (the mean of its features) or "attention".
        head: "ab", or "classes": a distribution of color and its annealed mean.
        temperature: of the classes' softmax, see `color_classes.ClassMean`.
        name: the model's name.

    Returns:
        A functional model from `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab, both in
        [-1, 1]; h and w are free multiples of `unet_stride(widths)`.

    Raises:
        ValueError: on another ab_stride, context, head or norm.
    """
    ab_strides = [STEM_STRIDE * 2**level for level in range(len(widths))]
    for word, given, known in (
        ("ab_stride", ab_stride, ab_strides),
        ("context", context, CONTEXTS),
        ("head", head, HEADS),
    ):
        if given not in known:
            raise ValueError(f"{word}: received {given!r}, expected {known}")
    block = residual_block if shortcuts else plain_block
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    x = layers.Activation("relu")(conv(lightness, widths[0], size=5, stride=STEM_STRIDE, norm=norm))
    levels = []
    for depth, width in enumerate(widths):
        if depth:
            x = downsample(x, width, norm)
        for _ in range(blocks):
            x = block(x, width, norm)
        levels.append(x)
    if context == "pool":
        x = global_context(x)
    if context == "attention":
        x = layers.Add()([x, SelfAttention()(x)])
    last = ab_strides.index(ab_stride)
    for width, level in list(zip(widths, levels, strict=True))[-2::-1][: len(widths) - 1 - last]:
        x = upsample(x, width, norm)
        if skips:
            x = layers.Concatenate()([x, level])
        for _ in range(blocks):
            x = block(x, width, norm)
    ab = ab_head(x, ab_stride) if head == "ab" else class_head(x, ab_stride, temperature)
    return keras.Model(lightness, ab, name=name)
