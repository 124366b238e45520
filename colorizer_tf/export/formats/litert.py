"""A network as LiteRT (TensorFlow Lite) files, each of one size, for phones and small boards."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import silenced_stderr
from colorizer_tf.color.merge import small_lightness
from colorizer_tf.export.formats.parity import Written
from colorizer_tf.export.signatures import ColorizeModule
from colorizer_tf.inference.runtimes.litert import load_litert_model

# Largest mean CIEDE2000 from the network; measured at 64 and 128 px on
# a network of 4.2 M weights: 0.005 and 0.006 of float16, 0.36 and 0.56 of int8.
TOLERANCES = {"float16": 0.1, "int8": 1.0}


def write_litert(
    module: ColorizeModule, folder: Path, sides: Sequence[int], photos: Sequence[np.ndarray]
) -> list[Written]:
    """Write a network for one square photo, with float16 weights and in int8, at each size.

    Inputs and outputs are those of `write_onnx`.

    Args:
        module: the signatures.
        folder: where `model-SIDE-float16.tflite` and `model-SIDE-int8.tflite` go.
        sides: sides of the squares, in pixels.
        photos: `(h, w)` gray photos on which int8 finds the ranges of its values.

    Returns:
        The files written, to be measured.

    Raises:
        ColorizerError: if the network cannot be converted.
    """
    written = []
    for side in sides:
        for kind, tolerance in TOLERANCES.items():
            path = folder / f"model-{side}-{kind}.tflite"
            path.write_bytes(_converted(module, side, kind, photos))
            name = f"litert {side} {kind}"
            load = functools.partial(load_litert_model, path)
            written.append(Written(name, path.name, (path,), load, tolerance, side))
    return written


def _converted(module: ColorizeModule, side: int, kind: str, photos: Sequence[np.ndarray]) -> bytes:
    function = tf.function(
        module.predict.python_function,
        autograph=False,
        input_signature=[tf.TensorSpec([1, side, side, 1], tf.float32, "lightness")],
    ).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    else:
        # Weights and all that runs between them; what goes in and comes out stays float32.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = lambda: _samples(photos, side)
    try:
        with silenced_stderr():
            return bytes(converter.convert())
    except (ValueError, RuntimeError) as error:
        raise ColorizerError(
            f"LiteRT cannot hold this network at {side} px ({kind}): {error}; leave litert out of "
            "--formats"
        ) from error


def _samples(photos: Sequence[np.ndarray], side: int) -> Iterator[list[np.ndarray]]:
    for photo in photos:
        yield [small_lightness(photo, side, side)[None, ..., None]]
