"""A model in ONNX Runtime, on the CPU."""

from pathlib import Path

import numpy as np
import onnxruntime

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.runtimes import Predict


def load_onnx_model(path: Path, threads: int | None = None) -> Predict:
    """The `predict_ab` of an ONNX file; see `load_runtime`.

    Raises:
        ColorizerError: if it cannot be loaded, or takes or gives something else.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    # Patterns of memory are kept for each size of photo: a folder has hundreds.
    options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    # Its exceptions have no common class but this.
    except Exception as error:
        raise ColorizerError(f"{path} cannot be loaded, export the run again: {error}") from error
    names = [each.name for each in (*session.get_inputs(), *session.get_outputs())]
    if names != ["lightness", "ab"]:
        raise ColorizerError(
            f"{path} has the inputs and outputs {', '.join(names)}, expected lightness, ab: "
            "export the run again with colorizer-tf export"
        )

    def predict_ab(lightness: np.ndarray) -> np.ndarray:
        return np.asarray(session.run(["ab"], {"lightness": lightness})[0])

    return predict_ab
