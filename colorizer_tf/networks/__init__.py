"""Networks: functions that return a `keras.Model`, on any Keras backend."""

from colorizer_tf.networks.unet import unet, unet_stride

__all__ = ["unet", "unet_stride"]
