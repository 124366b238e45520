"""A diffusion model as two ONNX files, of what reads L and of the denoiser, without the loop."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colorizer_tf.export.diffusion import DiffusionModule
from colorizer_tf.export.formats.onnx import save_onnx, to_onnx
from colorizer_tf.export.formats.parity import Written
from colorizer_tf.inference.runtimes import ONNX_FILE
from colorizer_tf.inference.runtimes.diffusion import DENOISER_FILE, load_diffusion_onnx

# Of a draw: the steps add up what float16 weights differ by.
TOLERANCE = 0.5


def write_diffusion_onnx(
    module: DiffusionModule, folder: Path, facts: Mapping[str, Any], *, half: bool
) -> Written:
    """Write both files.

    Args:
        module: the signatures over the networks.
        folder: where to.
        facts: the entries of `model.json` so far.
        half: see `write_onnx`.
    """
    encoder = to_onnx(module.encode, module.encode.input_signature)
    denoiser = to_onnx(module.denoise, module.denoise.input_signature)
    parts = folder / ONNX_FILE, folder / DENOISER_FILE
    for model, path in zip((encoder, denoiser), parts, strict=True):
        save_onnx(model, path, half=half)
    load = functools.partial(load_diffusion_onnx, folder, facts)
    return Written("onnx", ONNX_FILE, parts, load, TOLERANCE)
