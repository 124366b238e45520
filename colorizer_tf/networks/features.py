"""Features of a frozen network that was trained on ImageNet: what a colored picture shows.

They are an EfficientNet-Lite1's, which Sauer et al. 2021 found best to judge pictures by, at the
size of the pictures.
"""

from typing import Any

import keras
from keras import layers, ops

from colorizer_tf.color.conversion import lab_to_rgb, unscale_ab, unscale_lightness
from colorizer_tf.networks.efficientnet_lite import efficientnet_lite_features
from colorizer_tf.networks.pretrained import load_pretrained

FEATURES = "efficientnet-lite1"
# Standard deviations of the features of color photos at strides 4, 8, 16 and 32: they differ by an
# order of magnitude.
FEATURE_SCALES = (11.0, 10.0, 8.0, 3.0)


@keras.saving.register_keras_serializable("colorizer_tf")
class NetworkInput(layers.Layer):
    """Scaled L and scaled ab to the sRGB picture that ImageNet networks expect.

    Returns `(n, h, w, 3)` as `(rgb - 127) / 128`, rgb in [0, 255]. Colors outside of sRGB are
    clipped, where they have no gradient.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)

    def call(self, inputs: Any) -> Any:
        lightness, ab = inputs
        lab = ops.concatenate([unscale_lightness(lightness), unscale_ab(ab)], axis=-1)
        return (255.0 * lab_to_rgb(lab) - 127.0) / 128.0

    def compute_output_shape(self, shapes: Any) -> Any:
        return (*shapes[0][:-1], 3)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


def feature_network(pretrained: bool = True) -> keras.Model:
    """Frozen features of strides 4 to 32, each scaled to a spread of about 1.

    Args:
        pretrained: read ImageNet weights from the extra "pretrained"; without them the features
            are random.

    Returns:
        A functional model from `(n, h, w, 3)`, see `NetworkInput`, to four tensors.

    Raises:
        ModuleNotFoundError: if the package of the weights is missing.
    """
    pictures = keras.Input((None, None, 3))
    features = efficientnet_lite_features(pictures, FEATURES)[1:]
    scaled = [
        layers.Rescaling(1.0 / scale)(feature)
        for feature, scale in zip(features, FEATURE_SCALES, strict=True)
    ]
    network = keras.Model(pictures, scaled, name="features")
    if pretrained:
        load_pretrained(network, FEATURES)
    network.trainable = False
    return network


def feature_distance(pretrained: bool = True, name: str = "feature_distance") -> keras.Model:
    """How far apart two colorings of a picture are in features (Johnson, Alahi and Fei-Fei 2016).

    Args:
        pretrained: see `feature_network`.
        name: the model's name.

    Returns:
        A functional model from scaled L `(n, h, w, 1)` and two scaled ab `(n, h, w, 2)`, h and w
        multiples of 32, to `(n,)`: the mean absolute difference, averaged over the scales.

    Raises:
        ModuleNotFoundError: if the package of the weights is missing.
    """
    lightness = keras.Input((None, None, 1), name="scaled_lightness")
    pair = [keras.Input((None, None, 2), name=f"{which}_scaled_ab") for which in ("one", "other")]
    features = feature_network(pretrained)
    one, other = (
        features(NetworkInput(name=f"colored{number}")([lightness, ab]))
        for number, ab in enumerate(pair)
    )
    distances = [
        ops.mean(ops.abs(ops.cast(a, "float32") - ops.cast(b, "float32")), axis=(1, 2, 3))
        for a, b in zip(one, other, strict=True)
    ]
    return keras.Model([lightness, *pair], sum(distances) / len(distances), name=name)
