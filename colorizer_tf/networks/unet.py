"""The encoder-decoder that predicts ab from L (U-Net: Ronneberger et al. 2015).

Departures from the paper: residual blocks; padded convolutions, so that sizes match; and no level
at full resolution. The eye and CIEDE2000 see little of fine colour (true ab at 64 px under the full
128 px L lies about 1 CIEDE2000 from the truth), so the first convolution halves the size, the head
gives ab at half size, smoothly enlarged at the end: a quarter of the arithmetic.
"""

from collections.abc import Sequence

import keras
from keras import layers

from colorizer_tf.networks.blocks import ab_head, conv, downsample, residual_block, upsample

STEM_STRIDE = 2


def unet_stride(widths: Sequence[int]) -> int:
    """The number that height and width must be divisible by."""
    return STEM_STRIDE * 2 ** (len(widths) - 1)


def unet(
    widths: Sequence[int] = (32, 64, 128, 256, 384),
    blocks: int = 1,
    skips: bool = True,
    norm: str = "batch",
    name: str = "unet",
) -> keras.Model:
    """A U-Net from scaled L to scaled ab.

    Args:
        widths: channels of each level; the first works at half the input's size, each further one
            at half the size of the one before.
        blocks: residual blocks a level, on the way down and on the way up.
        skips: hand each level's features from the encoder to the decoder.
        norm: "batch", "group" or "none", see `blocks.normalize`.
        name: the model's name.

    Returns:
        A functional model from `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab, both in
        [-1, 1]; h and w are free multiples of `unet_stride(widths)`.
    """
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    x = layers.Activation("relu")(conv(lightness, widths[0], size=5, stride=STEM_STRIDE, norm=norm))
    levels = []
    for depth, width in enumerate(widths):
        if depth:
            x = downsample(x, width, norm)
        for _ in range(blocks):
            x = residual_block(x, width, norm)
        levels.append(x)
    for width, level in zip(widths[-2::-1], levels[-2::-1], strict=True):
        x = upsample(x, width, norm)
        if skips:
            x = layers.Concatenate()([x, level])
        for _ in range(blocks):
            x = residual_block(x, width, norm)
    return keras.Model(lightness, ab_head(x, STEM_STRIDE), name=name)
