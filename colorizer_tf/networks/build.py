"""Networks from settings, as checkpoints and `model.json` hold them."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from colorizer_tf.networks.unet import unet

NETWORKS: dict[str, Callable[..., keras.Model]] = {"unet": unet}


def build_network(settings: Mapping[str, Any]) -> keras.Model:
    """The network that settings describe, with untrained weights.

    Args:
        settings: "architecture", a key of `NETWORKS` ("unet" by default), and arguments of that
            function.

    Returns:
        A functional model from `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab, with the
        attributes `stride` and `ab_stride`; its last layer is "scaled_ab", and one that predicts a
        distribution over color classes has the layer "color_logits".
    """
    arguments = dict(settings)
    return NETWORKS[arguments.pop("architecture", "unet")](**arguments)
