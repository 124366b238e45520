"""Writes the networks that `train` starts from, with their ImageNet weights: needs Keras.

python -m training.gpu.plan output/gpu
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.networks import LOGITS, denoiser, unet
from colorizer_tf.networks.color_classes import CENTERS, CHROMA_COMPRESSION
from colorizer_tf.networks.efficientnet_lite import efficientnet_lite_features
from colorizer_tf.networks.pretrained import load_pretrained
from colorizer_tf.networks.weight_names import named_weights
from training.gpu import network_file

NETWORK: dict[str, Any] = {
    "widths": [16, 128, 160, 192, 256],
    "encoder": "efficientnet-lite2",
    "blocks": 1,
    "skips": True,
    "norm": "batch",
    "ab_stride": 4,
    "head": "classes",
    "temperature": 0.6,
}
# What the discriminator looks through (Sauer et al. 2021 found it the best of those they tried).
FEATURES = "efficientnet-lite1"
SETTINGS = ("strides", "padding", "use_bias", "activation", "momentum", "epsilon", "size")


def main() -> None:
    """Write color.npz, features.npz and denoiser.npz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--seed", type=int, default=1, help="of the decoder's weights")
    parser.add_argument("--encoder", default=NETWORK["encoder"], help="or plain [%(default)s]")
    parser.add_argument(
        "--widths",
        type=lambda text: [int(width) for width in text.split(",")],
        default=NETWORK["widths"],
        help="channels of the levels [%(default)s]",
    )
    parser.add_argument(
        "--no-pretrained", dest="pretrained", action="store_false", help="no ImageNet weights"
    )
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = NETWORK | {"encoder": args.encoder, "widths": args.widths}
    classes = {"centers": CENTERS, "chroma_compression": CHROMA_COMPRESSION}
    network = color_network(settings, args.pretrained)
    network_file.write(
        args.out / "color.npz", as_file(network, {"network": settings, "classes": classes})
    )
    network_file.write(args.out / "features.npz", as_file(feature_network(), {}))
    weights = named_weights(denoiser(network.get_layer(LOGITS).input.shape[-1]))
    np.savez(
        args.out / "denoiser.npz", **{name: np.asarray(each) for name, each in weights.items()}
    )


def color_network(settings: dict[str, Any], pretrained: bool) -> keras.Model:
    """Scaled L `(n, h, w, 1)` to logits of color classes `(n, h / 4, w / 4, 169)`."""
    network = unet(**settings)
    if pretrained and settings["encoder"] != "plain":
        load_pretrained(network, settings["encoder"])
    return keras.Model(network.input, network.get_layer(LOGITS).output)


def feature_network() -> keras.Model:
    """Pictures as `(rgb - 127) / 128` to features of strides 4, 8, 16 and 32."""
    pictures = keras.Input((None, None, 3))
    network = keras.Model(pictures, efficientnet_lite_features(pictures, FEATURES)[1:])
    load_pretrained(network, FEATURES)
    return network


def as_file(network: keras.Model, facts: dict[str, Any]) -> network_file.NetworkFile:
    """A functional network's operations and weights, and what it makes of an example."""
    example = network_file.example_picture(network.inputs[0].shape[-1])
    makers = {id(layer.output): layer.name for layer in network.layers}
    return network_file.NetworkFile(
        operations=[_operation(layer, makers) for layer in network.layers],
        outputs=[makers[id(output)] for output in network.outputs],
        facts=facts,
        weights={
            f"{layer.name}/{weight.name}": np.asarray(weight)
            for layer in network.layers
            for weight in layer.weights
        },
        example=example,
        answers=[np.asarray(answer) for answer in keras.tree.flatten(network(example))],
    )


def _operation(layer: Any, makers: dict[int, str]) -> dict[str, Any]:
    config, kind = layer.get_config(), type(layer).__name__
    inputs = [] if kind == "InputLayer" else keras.tree.flatten(layer.input)
    return {
        "name": layer.name,
        "kind": kind,
        "inputs": [makers[id(tensor)] for tensor in inputs],
        "settings": {name: config[name] for name in SETTINGS if name in config},
        "weights": [weight.name for weight in layer.weights],
    }


if __name__ == "__main__":
    main()
