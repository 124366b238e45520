"""Small networks: with colors as calm as a trained one's, and with color classes."""

import keras
import numpy as np

from colorizer_tf.networks import unet


def calm_network(seed=0):
    """About 75,000 weights, of stride 2: half precision and int8 hold its colors."""
    lightness = keras.Input((None, None, 1))
    layers = keras.layers
    x = layers.Conv2D(64, 3, 2, "same", kernel_initializer=_normal(seed))(lightness)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(128, 3, 1, "same", activation="relu", kernel_initializer=_normal(seed + 1))(x)
    x = layers.UpSampling2D(2)(x)
    kernel = keras.initializers.RandomNormal(stddev=0.03, seed=seed + 2)
    return keras.Model(lightness, layers.Conv2D(2, 1, kernel_initializer=kernel)(x))


def _normal(seed):
    return keras.initializers.HeNormal(seed)


def class_network(temperature: float = 0.5) -> keras.Model:
    """Of stride 8, with a distribution four times coarser than L that is not flat."""
    network = unet((8, 16, 16), head="classes", ab_stride=4, norm="none", temperature=temperature)
    rng = np.random.default_rng(0)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, 0.3, variable.shape))
    return network
