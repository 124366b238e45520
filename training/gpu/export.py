"""Exports a trained network file as a SavedModel: needs the package, not PyTorch.

python -m training.gpu.export output/gpu/cnn.npz savedmodels/cnn --temperature 0.6
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.inference.model_json import NETWORK
from colorizer_tf.networks import LOGITS, unet
from training.gpu import network_file

# Settings of the network that every one trained here has.
BLOCKS = {"blocks": 1, "skips": True, "norm": "batch"}


def main() -> None:
    """Export, after a comparison with what PyTorch computed."""
    parser = export_parser(__doc__)
    parser.add_argument("--temperature", type=float, default=0.6, help="default: 0.6")
    parser.add_argument("--chroma-gain", type=float, default=1.0, help="default: 1")
    parser.add_argument("--calibrate", default="", help="record set to compare formats on")
    parser.add_argument("--hints", default="", help="that training.hints.train wrote, .npz")
    args = parser.parse_args()
    file = network_file.read(args.network)
    known = facts(file, args.temperature) | {"run": args.network.stem}
    options = ExportOptions(
        weights="float16",
        temperature=args.temperature,
        chroma_gain=args.chroma_gain,
        calibrate=args.calibrate,
        hints=args.hints,
        overwrite=args.overwrite,
    )
    export(as_keras(file), args.out, known, options)


def export_parser(about: str) -> argparse.ArgumentParser:
    """Flags of all exports of network files."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", type=Path, help="that training.gpu.train wrote, .npz")
    parser.add_argument("out", type=Path, help="folder to write; its name becomes the model's")
    parser.add_argument("--overwrite", action="store_true", help="replace a model that is there")
    return parser


def export(
    network: keras.Model,
    out: Path,
    known: dict[str, Any],
    options: ExportOptions,
    denoiser: keras.Model | None = None,
) -> None:
    """Write a network of `as_keras`, and what is known of it, as a model."""
    export_network(
        network,
        network.stride,
        out,
        size=known["trained_at"],
        ab_stride=network.ab_stride,
        facts=known,
        options=options,
        denoiser=denoiser,
    )


def as_keras(file: network_file.NetworkFile) -> keras.Model:
    """The Keras network with the file's weights.

    Raises:
        ColorizerError: if it computes other logits than those in the file.
    """
    network = unet(**file.facts[NETWORK])
    for layer in network.layers:
        names = [f"{layer.name}/{weight.name}" for weight in layer.weights]
        layer.set_weights([file.weights[name] for name in names])
    logits = keras.Model(network.input, network.get_layer(LOGITS).output)
    worst = network_file.check_answers(file, [np.asarray(logits(file.example))])
    print(f"Keras differs by {worst:.1e} from PyTorch's logits", flush=True)
    return network


def facts(file: network_file.NetworkFile, temperature: float) -> dict[str, Any]:
    """Entries of `model.json`; the scores are those at the temperature, if it was scored."""
    names = (NETWORK, "kind", "trained_at", "trained_on", "stages")
    known = {name: file.facts[name] for name in names}
    known[NETWORK] = BLOCKS | known[NETWORK]
    scores = dict(file.facts["scores"]["valid"])
    scores |= scores.pop("by_temperature").get(str(temperature), {})
    return known | {"metrics": scores}


if __name__ == "__main__":
    main()
