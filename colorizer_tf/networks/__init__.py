"""Networks: functions that return a `keras.Model`, on any Keras backend."""

from colorizer_tf.networks.unet import STEM_STRIDE, unet, unet_stride

__all__ = ["STEM_STRIDE", "unet", "unet_stride"]
