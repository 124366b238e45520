"""A model in LiteRT (TensorFlow Lite), on the CPU."""

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import silenced_stderr
from colorizer_tf.inference.runtimes import Predict


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


def load_litert_model(path: Path, threads: int | None = None) -> Predict:
    """The `predict_ab` of a LiteRT file, of the one size that it takes, one photo at a time.

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
    except (ValueError, RuntimeError) as error:
        raise ColorizerError(f"{path} cannot be loaded, export the run again: {error}") from error

    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def predict_one(lightness: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(taken["index"], lightness)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(given["index"]))

    def predict_ab(lightness: np.ndarray) -> np.ndarray:
        return np.concatenate([predict_one(photo[None]) for photo in lightness])

    return predict_ab
