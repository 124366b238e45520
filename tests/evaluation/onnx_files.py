"""Tiny ONNX files made by code, each with its description."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_onnx(path: Path, nodes, constants, channels, toml, side="side") -> Path:
    """A file of one input "x" and one output "y", NCHW, with `path.toml` beside it."""
    shape = [1, channels[0], side, side]
    graph = helper.make_graph(
        nodes,
        "colorizer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, channels[1], None, None])],
        [numpy_helper.from_array(np.array(v, np.float32), n) for n, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    path.with_suffix(".toml").write_text(toml)
    return path


def linear(path: Path, weights, bias, toml, side="side") -> Path:
    """Y = weights x + bias, pixel by pixel."""
    weights = np.array(weights, np.float32)
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"])
    constants = {"w": weights[:, :, None, None], "b": bias}
    return write_onnx(path, [node], constants, weights.shape[::-1], toml, side)
