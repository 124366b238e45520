"""Exports a denoiser, and the color network that it was trained on, as a SavedModel.

python -m training.diffusion.export output/gpu/cnn.npz savedmodels/diffusion --denoiser FILE.npz ...
"""

from pathlib import Path

import keras
import numpy as np

from colorizer_tf.export.options import ExportOptions
from colorizer_tf.networks import LOGITS, denoiser
from colorizer_tf.networks.weight_names import named_weights
from training.gpu import network_file
from training.gpu.export import as_keras, export, export_parser, facts


def main() -> None:
    """Export."""
    parser = export_parser(__doc__)
    parser.add_argument(
        "--denoiser", type=Path, required=True, help="that training.diffusion.train wrote, .npz"
    )
    parser.add_argument("--samples", type=int, required=True, help="noisy colors it was trained on")
    parser.add_argument("--seconds", type=float, required=True, help="that the training took")
    args = parser.parse_args()
    file = network_file.read(args.network)
    network = as_keras(file)
    known = facts(file, 1.0)
    stage = {"kind": "diffusion", "samples": args.samples, "seconds": args.seconds}
    known |= {"kind": "diffusion", "stages": [*known["stages"], stage], "metrics": {}}
    options = ExportOptions(weights="float16", overwrite=args.overwrite)
    export(
        network,
        args.out,
        known | {"run": args.denoiser.stem},
        options,
        read_denoiser(network, args.denoiser),
    )


def read_denoiser(network: keras.Model, path: Path) -> keras.Model:
    """The denoiser of a color network, with the weights of a file."""
    model = denoiser(network.get_layer(LOGITS).input.shape[-1])
    with np.load(path) as weights:
        for name, variable in named_weights(model).items():
            variable.assign(weights[name])
    return model


if __name__ == "__main__":
    main()
