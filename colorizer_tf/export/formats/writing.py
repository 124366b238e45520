"""All formats of one network: written, run, and compared with what they were made of."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.export.diffusion import DiffusionModule
from colorizer_tf.export.formats.diffusion_onnx import TOLERANCE as DRAWN_TOLERANCE
from colorizer_tf.export.formats.diffusion_onnx import write_diffusion_onnx
from colorizer_tf.export.formats.litert import write_litert
from colorizer_tf.export.formats.onnx import convert_onnx, write_onnx
from colorizer_tf.export.formats.parity import Parity, Written
from colorizer_tf.export.formats.photos import Photos, drawn_pictures, held_out_photos
from colorizer_tf.export.formats.web import read_runtime, write_web
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.signatures import ColorizeModule
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import ONNX_FILE, TENSORFLOW_FILE, Run
from colorizer_tf.inference.runtimes.diffusion import load_diffusion_tensorflow
from colorizer_tf.inference.runtimes.litert import load_litert
from colorizer_tf.inference.runtimes.tensorflow import load_tensorflow_model

# Largest mean CIEDE2000 of the SavedModel from the network in float32; measured:
# 0.0000, and 0.005 with float16 weights.
TOLERANCE = 0.05


def prepare_formats(options: ExportOptions, size: int) -> Photos:
    """The photos to compare on; fails early if a format lacks something.

    Args:
        options: formats, and the record set of the photos.
        size: of the drawn pictures, if there is no record set.

    Raises:
        ColorizerError: if a format needs a package, a file or photos that are not there.
    """
    if "web" in options.formats:
        read_runtime(options.web_runtime)
    if "litert" in options.formats:
        load_litert()
        if not options.calibrate:
            raise ColorizerError(
                "the format litert is calibrated on photos, and the run's valid records are gone: "
                "name a record set with --calibrate (colorizer-tf build-records PHOTOS makes one)"
            )
    return held_out_photos(options.calibrate) if options.calibrate else drawn_pictures(size)


def write_formats(
    network: ColorizeModule,
    module: ColorizeModule,
    folder: Path,
    options: ExportOptions,
    photos: Photos,
    facts: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Write a SavedModel and the other formats, and compare each.

    Args:
        network: the signatures over the network as it was trained, in float32: the measure.
        module: the signatures to save.
        folder: where to; made.
        options: which formats.
        photos: what they are compared and calibrated on.
        facts: the entries of `model.json` so far.

    Returns:
        Their entries in `model.json`.

    Raises:
        ColorizerError: if a format cannot be written, or differs by more than its tolerance.
    """
    formats = [
        _write_savedmodel(module, folder, facts),
        *_write_onnx(network, module, folder, options, facts),
    ]
    if "litert" in options.formats:
        sides = options.litert_sizes or (network.size,)
        formats += write_litert(network, folder, sides, photos.calibrating)
    parity = Parity(_run(network), photos.compared, facts)
    return [parity.measure(written) for written in formats]


def _write_savedmodel(module: ColorizeModule, folder: Path, facts: Mapping[str, Any]) -> Written:
    tf.saved_model.save(module, str(folder), signatures=module.signatures())
    parts = (folder / TENSORFLOW_FILE, *(folder / "variables").iterdir())
    load: Callable[[], Run] = functools.partial(load_tensorflow_model, folder)
    tolerance = TOLERANCE
    if isinstance(module, DiffusionModule):
        load = functools.partial(load_diffusion_tensorflow, folder, facts)
        tolerance = DRAWN_TOLERANCE
    remedy = "export with --weights float32"
    return Written("savedmodel", TENSORFLOW_FILE, parts, load, tolerance, remedy=remedy)


def _write_onnx(
    network: ColorizeModule,
    module: ColorizeModule,
    folder: Path,
    options: ExportOptions,
    facts: Mapping[str, Any],
) -> list[Written]:
    """The formats that are, or hold, an ONNX file."""
    if not {"onnx", "web"} & set(options.formats):
        return []
    if isinstance(module, DiffusionModule):
        return [write_diffusion_onnx(module, folder, facts)]
    model, written = convert_onnx(network), []
    if "onnx" in options.formats:
        half = options.weights == "float16"
        written.append(write_onnx(model, folder / ONNX_FILE, half=half))
    if "web" in options.formats:
        written.append(write_web(model, folder, options.web_runtime, facts))
    return written


def _run(module: ColorizeModule) -> Run:
    function = module.predict_ab if module.temperature is None else module.predict_classes

    def run(lightness: np.ndarray, _: PredictionRequest) -> dict[str, np.ndarray]:
        outputs = function(tf.constant(lightness))
        return {name: np.asarray(value) for name, value in outputs.items()}

    return run
