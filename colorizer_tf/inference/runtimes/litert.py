"""A model in LiteRT (TensorFlow Lite), on the CPU."""

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import silenced_stderr
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import Run, check_inputs, choose_outputs, network_inputs


def load_litert() -> Any:
    """The module with LiteRT's interpreter.

    Raises:
        ColorizerError: if it is not installed.
    """
    try:
        return importlib.import_module("ai_edge_litert.interpreter")
    except ImportError as error:
        raise ColorizerError(
            f"LiteRT is not installed ({error}): pip install 'colorizer-tf[litert]'"
        ) from error


def load_litert_model(path: Path, threads: int | None = None) -> Run:
    """The network of a LiteRT file, of the one size that it takes, one photo at a time.

    Args:
        path: the file.
        threads: all cores by default.

    Raises:
        ColorizerError: if LiteRT is not installed or the file cannot be loaded.
    """
    litert = load_litert()
    try:
        with silenced_stderr():
            interpreter = litert.Interpreter(
                str(path), num_threads=threads or len(os.sched_getaffinity(0))
            )
            interpreter.allocate_tensors()
            runner = interpreter.get_signature_runner()
    except (ValueError, RuntimeError) as error:
        raise ColorizerError(f"{path} cannot be loaded, export the run again: {error}") from error
    inputs = list(runner.get_input_details())
    check_inputs(inputs, path)
    outputs = choose_outputs(runner.get_output_details(), path)

    def run(lightness: np.ndarray, request: PredictionRequest) -> dict[str, np.ndarray]:
        found = [runner(**network_inputs(inputs, photo[None], request)) for photo in lightness]
        # Copies: the interpreter reuses its own arrays.
        return {name: np.concatenate([each[name] for each in found]) for name in outputs}

    return run
