"""A discriminator on the features of a frozen, pretrained network (Sauer et al. 2021).

Departures from the paper: the features of the gray picture stand beside those of the colored one,
so that a color is judged for what it lies on; and the features are an EfficientNet-Lite's, the
paper's best choice, at the size of the pictures, without enlarging them to 224 px.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from colorizer_tf.networks.features import NetworkInput, feature_network

PROJECTED_CHANNELS = 64
HEAD_CHANNELS = 128


def projected_discriminator(
    pretrained: bool = True, seed: int = 0, name: str = "projected_discriminator"
) -> keras.Model:
    """A discriminator of pairs of scaled L and scaled ab that sees pretrained features.

    The colored picture, and the gray one beside it, go through a frozen feature network; frozen
    random convolutions mix channels and scales; one small trainable head a scale gives logits.

    Args:
        pretrained: read ImageNet weights from the extra "pretrained"; without them the features
            are random.
        seed: of the random projections.
        name: the model's name.

    Returns:
        A functional model from `[(n, h, w, 1), (n, h, w, 2)]` in [-1, 1], h and w multiples of 32,
        to logits `(n, h / 8, w / 8, 4)` in float32: one channel a scale, the coarser ones repeated.

    Raises:
        ModuleNotFoundError: if the package of the weights is missing.
    """
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    ab = keras.Input((None, None, 2), name="scaled_ab")
    features = feature_network(pretrained)
    project = _projections(features, seed)
    colored = project(features(NetworkInput(name="colored")([lightness, ab])))
    gray = project(features(NetworkInput(name="gray")([lightness, ops.zeros_like(ab)])))
    logits = []
    for level, pair in enumerate(zip(colored, gray, strict=True)):
        x = layers.Concatenate()(pair)
        x = _head(x, stride=2 if level == 0 else 1, name=f"head{4 * 2**level}")
        logits.append(layers.UpSampling2D(2 ** max(0, level - 1), dtype="float32")(x))
    return keras.Model([lightness, ab], layers.Concatenate(dtype="float32")(logits), name=name)


def _projections(features: keras.Model, seed: int) -> keras.Model:
    """Frozen random mixing of channels (1x1), then of scales from coarse to fine (3x3)."""
    inputs = [keras.Input((None, None, feature.shape[-1])) for feature in features.outputs]

    def random_conv(x: Any, size: int, number: int) -> Any:
        initializer = keras.initializers.LecunNormal(seed=seed + number)
        return layers.Conv2D(
            PROJECTED_CHANNELS, size, padding="same", kernel_initializer=initializer
        )(x)

    outputs: list[Any] = []
    for number, feature in reversed(list(enumerate(inputs))):
        x = random_conv(feature, 1, 2 * number)
        if outputs:
            coarser = layers.UpSampling2D(2, interpolation="bilinear")(outputs[-1])
            x = layers.Rescaling(np.sqrt(0.5).item())(layers.Add()([x, coarser]))
        outputs.append(random_conv(x, 3, 2 * number + 1))
    network = keras.Model(inputs, outputs[::-1], name="projections")
    network.trainable = False
    return network


def _head(x: Any, stride: int, name: str) -> Any:
    """Logits of one scale; spectral norms keep it from winning outright."""
    for number, channels in enumerate((HEAD_CHANNELS, HEAD_CHANNELS, 1)):
        conv = layers.Conv2D(
            channels,
            3 if channels > 1 else 1,
            strides=stride if number == 0 else 1,
            padding="same",
            name=f"{name}_conv{number + 1}",
        )
        # Its power iteration needs float32, whatever the precision of the run.
        x = layers.SpectralNormalization(conv, dtype="float32", name=f"{name}_norm{number + 1}")(x)
        if channels > 1:
            x = layers.LeakyReLU(negative_slope=0.2)(x)
    return x
