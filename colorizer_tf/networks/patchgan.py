"""The discriminator: real or made color, patch by patch (PatchGAN: Isola et al. 2017).

Departures from the paper: no normalization unless asked for, as statistics over a photo or a batch
take out how strong its color is, which is what is judged here; borders are padded evenly.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from colorizer_tf.networks.blocks import normalize

KERNEL = 4
# A and b of photos spread by about 16 units, an eighth of the scaled range: with L of full range
# beside them, and filters of bounded norm, color this weak would go unseen.
AB_GAIN = 8.0


def patchgan(
    widths: Sequence[int] = (64, 128, 256, 512),
    norm: str = "none",
    spectral_norm: bool = False,
    name: str = "patchgan",
) -> keras.Model:
    """A PatchGAN on pairs of scaled L and scaled ab.

    Args:
        widths: channels of each 4x4 convolution before the one that gives the logits; all but the
            last halve the size. Their number sets the patch, see `patch_size`.
        norm: "none" or "batch", see `blocks.normalize`; the first convolution has none.
        spectral_norm: hold the largest singular value of each kernel at 1 (Miyato et al. 2018).
        name: the model's name.

    Returns:
        A functional model from `[(n, h, w, 1), (n, h, w, 2)]` in [-1, 1] to patch logits
        `(n, h', w', 1)` in float32, h' and w' the sides divided by `2 ** (len(widths) - 1)`.
    """
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    ab = keras.Input((None, None, 2), name="scaled_ab")
    x = layers.Concatenate()([lightness, layers.Rescaling(AB_GAIN)(ab)])
    for depth, width in enumerate(widths):
        stride = 2 if depth < len(widths) - 1 else 1
        x = _conv(x, width, stride, spectral_norm)
        x = layers.LeakyReLU(negative_slope=0.2)(normalize(x, norm if depth else "none"))
    logits = _conv(x, 1, 1, spectral_norm, dtype="float32")
    return keras.Model([lightness, ab], logits, name=name)


def _conv(x: Any, channels: int, stride: int, spectral_norm: bool, dtype: Any = None) -> Any:
    layer = layers.Conv2D(
        channels,
        KERNEL,
        strides=stride,
        padding="same",
        kernel_initializer="glorot_normal",
        dtype=dtype,
    )
    # It rewrites the kernel at each training step: under mixed precision in the low one, unless its
    # own type is told.
    return (layers.SpectralNormalization(layer, dtype="float32") if spectral_norm else layer)(x)


def patch_size(widths: Sequence[int]) -> int:
    """Side of the square of pixels that one logit sees: 70 for four widths, 34 for three."""
    size = KERNEL
    for stride in (1, *[2] * (len(widths) - 1)):
        size = (size - 1) * stride + KERNEL
    return size
