"""A network as an ONNX file: the signature `predict_ab` for runtimes other than TensorFlow."""

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from colorizer_tf import metrics
from colorizer_tf.errors import ColorizerError
from colorizer_tf.runtimes.onnx import load_onnx_model
from colorizer_tf.signatures import ColorizeModule

OPSET = 17

# The file's colours may lie this far from the SavedModel's, as a picture's mean CIEDE2000.
TOLERANCE = 0.1


def write_onnx(module: ColorizeModule, path: Path, size: int) -> None:
    """Write `predict_ab` as an ONNX file of any batch, height and width, and run it once.

    Args:
        module: the signatures.
        path: the file.
        size: pictures of about this side are what its colours are compared on.

    Raises:
        ColorizerError: if its colours differ from the module's by more than `TOLERANCE`.
    """
    with _quiet():
        import tf2onnx

        tf2onnx.convert.from_function(
            module.predict_ab,
            input_signature=module.predict_ab.input_signature,
            opset=OPSET,
            output_path=str(path),
        )
    difference = _difference(module, path, size)
    if not difference <= TOLERANCE:
        raise ColorizerError(
            f"the ONNX file's colours differ by {difference:.3g} CIEDE2000 from the SavedModel's, "
            f"expected at most {TOLERANCE}: nothing was written; please report this"
        )


def _difference(module: ColorizeModule, path: Path, size: int) -> float:
    """The largest mean CIEDE2000 between module and file, on drawn lightness of three shapes."""
    predict = load_onnx_model(path)
    rng = np.random.default_rng(0)
    worst = 0.0
    for height, width in [(size, size), (size // 2 + 1, size + 3), (1, 1)]:
        coarse = tf.constant(rng.uniform(0, 100, (2, 7, 9, 1)), tf.float32)
        lightness = tf.clip_by_value(tf.image.resize(coarse, (height, width), "bicubic"), 0, 100)
        expected = module.predict_ab(lightness)["ab"]
        found = tf.constant(predict(lightness.numpy()))
        worst = max(worst, float(tf.reduce_max(metrics.delta_e(expected, found))))
    return worst


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the converter's account of its optimizers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)
