"""Sizes and settings in, functional `keras.Model`s out, on any Keras backend."""

from colorizer_tf.networks.blocks import LOGITS, coarsener
from colorizer_tf.networks.patchgan import patch_size, patchgan
from colorizer_tf.networks.unet import STEM_STRIDE, unet, unet_stride

__all__ = [
    "LOGITS",
    "STEM_STRIDE",
    "coarsener",
    "patch_size",
    "patchgan",
    "unet",
    "unet_stride",
]
