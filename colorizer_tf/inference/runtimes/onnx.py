"""A model in ONNX Runtime, on the CPU."""

from pathlib import Path

import numpy as np
import onnxruntime

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import Run, check_inputs, choose_outputs, network_inputs


def open_session(path: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """An ONNX file, loaded.

    Raises:
        ColorizerError: if it cannot be loaded.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    # ONNX Runtime would keep a pattern for every photo size, of which a folder has hundreds.
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # Its exceptions have no common class but this.
    except Exception as error:
        raise ColorizerError(f"{path} cannot be loaded, export the run again: {error}") from error


def load_onnx_model(path: Path, threads: int | None = None) -> Run:
    """The network of an ONNX file; see `load_runtime`.

    Raises:
        ColorizerError: if it cannot be loaded, or has other inputs or outputs.
    """
    session = open_session(path, threads)
    inputs = [entry.name for entry in session.get_inputs()]
    check_inputs(inputs, path)
    outputs = choose_outputs((entry.name for entry in session.get_outputs()), path)

    def run(lightness: np.ndarray, request: PredictionRequest) -> dict[str, np.ndarray]:
        values = session.run(outputs, network_inputs(inputs, lightness, request))
        return {name: np.asarray(value) for name, value in zip(outputs, values, strict=True)}

    return run
