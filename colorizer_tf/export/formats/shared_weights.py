"""ONNX files whose weights lie in the file of a SavedModel's variables: there once for both.

ONNX calls it external data: a place in another file of the same folder. TensorFlow writes a
variable's values as they are, one after another, and so does ONNX read them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf

from colorizer_tf.export.formats.onnx import to_onnx

# Weights of fewer bytes are written into the ONNX file: their place would take as much.
_FEW = 128


def with_shared_weights(
    function: Callable[[Any, Mapping[str, Any]], Any],
    spec: Any,
    weights: Mapping[str, tf.Variable],
    file: Path,
    folder: Path,
) -> onnx.ModelProto:
    """A function as an ONNX model, to be saved in the folder.

    Args:
        function: of its inputs, and of weights by name.
        spec: of the inputs.
        weights: of the SavedModel.
        file: of its variables, within the folder.
        folder: where the ONNX file will lie.
    """
    names = list(weights)
    specs = [
        tf.TensorSpec(each.shape, each.dtype, f"weight{number}")
        for number, each in enumerate(weights.values())
    ]

    @tf.function(autograph=False)
    def of_weights(inputs: Any, *values: Any) -> Any:
        return function(inputs, dict(zip(names, values, strict=True)))

    model = to_onnx(of_weights, [spec, *specs])
    arrays = {spec.name: each.numpy() for spec, each in zip(specs, weights.values(), strict=True)}
    _fill(model.graph, arrays, file.read_bytes(), file.relative_to(folder).as_posix())
    return model


def _fill(
    graph: onnx.GraphProto, arrays: Mapping[str, np.ndarray], content: bytes, location: str
) -> None:
    """Give inputs of the graph their values, by their place in the content where it has them."""
    inputs = [each for each in graph.input if each.name not in arrays]
    taken = [each.name for each in graph.input if each.name in arrays]
    graph.initializer.extend(_tensor(name, arrays[name], content, location) for name in taken)
    del graph.input[:]
    graph.input.extend(inputs)


def _tensor(name: str, array: np.ndarray, content: bytes, location: str) -> onnx.TensorProto:
    tensor = onnx.numpy_helper.from_array(array, name)
    place = content.find(tensor.raw_data) if array.nbytes >= _FEW else -1
    if place >= 0:
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        entries = {"location": location, "offset": place, "length": array.nbytes}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
    return tensor
