"""A diffusion model as two ONNX files, of what reads L and of the denoiser, without the loop.

Their weights are those of the SavedModel beside them, in its file: see `shared_weights`.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx

from colorizer_tf.export.diffusion import DiffusionModule
from colorizer_tf.export.formats.parity import Written
from colorizer_tf.export.formats.shared_weights import with_shared_weights
from colorizer_tf.inference.runtimes import ONNX_FILE
from colorizer_tf.inference.runtimes.diffusion import DENOISER_FILE, load_diffusion_onnx
from colorizer_tf.networks.denoiser import VELOCITY

# Of a draw: the steps add up what float16 weights differ by.
TOLERANCE = 0.5


def write_diffusion_onnx(
    module: DiffusionModule, folder: Path, facts: Mapping[str, Any]
) -> Written:
    """Write both files.

    Args:
        module: the signatures over the networks, as they are saved in the folder.
        folder: of the SavedModel.
        facts: the entries of `model.json` so far.
    """
    stored = module.stored
    (variables,) = (folder / "variables").glob("*.data-*")

    def encode(lightness: Any, weights: Mapping[str, Any]) -> Any:
        return module.encoded(functools.partial(stored.conditioner.applied, weights), lightness)

    def denoise(inputs: Any, weights: Mapping[str, Any]) -> Any:
        return {VELOCITY: stored.denoiser.applied(weights, inputs)}

    parts = folder / ONNX_FILE, folder / DENOISER_FILE
    for path, function, traced, weights in (
        (parts[0], encode, module.encode, stored.conditioner.weights),
        (parts[1], denoise, module.denoise, stored.denoiser.weights),
    ):
        (spec,) = traced.input_signature
        model = with_shared_weights(function, spec, weights, variables, folder)
        onnx.save_model(model, str(path))
    load = functools.partial(load_diffusion_onnx, folder, facts)
    return Written("onnx", ONNX_FILE, parts, load, TOLERANCE)
