"""A network as an ONNX file, for runtimes other than TensorFlow."""

import contextlib
import copy
import functools
import io
import logging
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.export.formats.parity import Written
from colorizer_tf.export.signatures import ColorizeModule
from colorizer_tf.inference.runtimes import AB, LIGHTNESS
from colorizer_tf.inference.runtimes.onnx import load_onnx_model
from colorizer_tf.models import metrics

OPSET = 17

# Largest mean CIEDE2000 from the network; measured: 0.0000,
# and 0.003 with float16 weights.
TOLERANCE = 0.05

# Constants of fewer values stay float32: to halve them would save nothing.
_FEW = 64


def convert_onnx(module: ColorizeModule) -> onnx.ModelProto:
    """A network as an ONNX model of any batch, height and width.

    Its input is `lightness`; its outputs are `ab`, and `logits` of a network with color classes.

    Raises:
        ColorizerError: if its colors differ from the module's by more than `TOLERANCE`.
    """
    model = to_onnx(module.predict, module.predict.input_signature)
    difference = _difference(module, model)
    if not difference <= TOLERANCE:
        raise ColorizerError(
            f"the ONNX file's colors differ by {difference:.3g} CIEDE2000 from the network's, "
            f"expected at most {TOLERANCE}: nothing was written; please report this"
        )
    return model


def to_onnx(function: Any, signature: Any) -> onnx.ModelProto:
    """A `tf.function` as an ONNX model."""
    with _quiet():
        import tf2onnx

        model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    return model


def write_onnx(model: onnx.ModelProto, path: Path, *, half: bool) -> Written:
    """Write an ONNX file.

    Args:
        model: what `convert_onnx` gave.
        path: the file.
        half: store weights as float16; all arithmetic stays float32.

    Returns:
        The file written, to be measured.
    """
    if half:
        model = copy.deepcopy(model)
        _halve(model.graph)
    onnx.save_model(model, str(path))
    load = functools.partial(load_onnx_model, path)
    return Written("onnx", path.name, (path,), load, TOLERANCE)


def _halve(graph: onnx.GraphProto) -> None:
    """Store weights as float16, cast back to float32: ONNX Runtime folds the casts as it loads."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) < _FEW:
            continue
        name = tensor.name
        values = onnx.numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if np.isfinite(half).all():
            tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_float16"))
            casts.append(
                onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _difference(module: ColorizeModule, model: onnx.ModelProto) -> float:
    """The largest mean CIEDE2000 between both, on drawn lightness of two odd shapes."""
    session, size = onnxruntime.InferenceSession(model.SerializeToString()), module.size
    rng = np.random.default_rng(0)
    worst = 0.0
    for height, width in [(size // 2 + 1, size + 3), (1, 1)]:
        coarse = tf.constant(rng.uniform(0, 100, (2, 7, 9, 1)), tf.float32)
        lightness = tf.clip_by_value(tf.image.resize(coarse, (height, width), "bicubic"), 0, 100)
        expected = module.predict_ab(lightness)[AB]
        found = tf.constant(session.run([AB], {LIGHTNESS: lightness.numpy()})[0])
        worst = max(worst, float(tf.reduce_max(metrics.delta_e(expected, found))))
    return worst


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the converter's messages, and the copies of the graph before each of its passes."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), _environment(TF2ONNX_CATCH_ERRORS="FALSE"):
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
