"""Sizes and settings in, functional `keras.Model`s out, on any Keras backend."""

from colorizer_tf.networks.blocks import LOGITS, SCALED_AB, coarsener
from colorizer_tf.networks.build import build_network
from colorizer_tf.networks.denoiser import conditioner, denoiser
from colorizer_tf.networks.features import feature_distance
from colorizer_tf.networks.hints import HintHead, hint_head, read_hint_head, write_hint_head
from colorizer_tf.networks.patchgan import patch_size, patchgan
from colorizer_tf.networks.projected import projected_discriminator
from colorizer_tf.networks.unet import unet, unet_stride

__all__ = [
    "LOGITS",
    "SCALED_AB",
    "HintHead",
    "build_network",
    "coarsener",
    "conditioner",
    "denoiser",
    "feature_distance",
    "hint_head",
    "patch_size",
    "patchgan",
    "projected_discriminator",
    "read_hint_head",
    "unet",
    "unet_stride",
    "write_hint_head",
]
