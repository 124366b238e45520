"""A training run -> a SavedModel that needs neither this package, nor Keras, nor a custom op.

Beside it lie the same network in other formats, and `model.json`.
"""

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.version import __version__
from colorizer_tf.export.formats.writing import prepare_formats, write_formats
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.signatures import SIGNATURES, ColorizeModule, in_float32
from colorizer_tf.inference.model_json import FILE, FORMAT_VERSION
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks.color_classes import class_mean
from colorizer_tf.records.manifest import MANIFEST
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.training.callbacks import best_row, read_history
from colorizer_tf.training.callbacks.checkpoints import BEST
from colorizer_tf.training.train import read_config

LICENSE = "Apache-2.0"


def export_run(
    run: str | Path,
    out: str | Path,
    *,
    size: int | None = None,
    weights_license: str = LICENSE,
    options: ExportOptions | None = None,
) -> Path:
    """Export the best model of a run, and what is known of it, as a SavedModel.

    Args:
        run: the run's folder, with `best.keras` and `config.json`.
        out: the folder to write; its name becomes the model's.
        size: the scale at which color is predicted, in pixels: photos are brought to the area of a
            square of this side; the size it was trained at by default.
        weights_license: what `model.json` says of the weights' license.
        options: formats and how weights are stored; by default a SavedModel and an ONNX file. If
            it names no records to compare formats on, those that the run was validated on are.

    Returns:
        The folder written.

    Raises:
        UsageError: if a temperature is given for a network without classes of color.
        ColorizerError: if the run holds no trained model, `out` exists, or a format cannot be
            written or gives other colors.
    """
    run, out, options = Path(run), Path(out), options or ExportOptions()
    check_target(out, options.overwrite)
    config = read_config(run)
    if not options.calibrate:
        options = dataclasses.replace(options, calibrate=_valid_records(config))
    model = _load_best(run)
    network = model.averaged_network()
    _set_temperature(network, options.temperature)
    manifest = _optional_json(Path(config.records, MANIFEST))
    colors = manifest.get("color") or manifest.get("colour") or {}
    trained_at = config.size or manifest.get("size") or RecordOptions().size
    facts = {
        "kind": config.model,
        "run": run.resolve().name,
        "trained_at": trained_at,
        "trained_on": {
            "records": Path(config.records).name,
            "counts": manifest.get("records", {}),
            "mean_ab": colors.get("mean", [])[1:],
        },
        "metrics": _best_metrics(run),
        "git_revision": _optional_json(run / "environment.json").get("git_revision"),
        "license": weights_license,
    }
    return export_network(
        network,
        model.stride,
        out,
        size=size or trained_at,
        ab_stride=model.ab_stride,
        facts=facts,
        options=options,
    )


def export_network(
    network: Any,
    stride: int,
    out: str | Path,
    *,
    size: int,
    ab_stride: int = 1,
    facts: Mapping[str, Any] | None = None,
    options: ExportOptions | None = None,
) -> Path:
    """Write a network as a SavedModel with its signatures, and `model.json` beside it.

    Args:
        network: functional Keras model, `(n, h, w, 1)` scaled L to `(n, h, w, 2)` scaled ab.
        stride: h and w it takes are multiples of this.
        out: the folder to write; it appears whole or not at all.
        size: the scale at which `colorize` predicts color, in pixels.
        ab_stride: how much coarser than its input the ab is that the network predicts, before it
            enlarges it; see `merge.guided`.
        facts: further entries of `model.json`.
        options: formats and how weights are stored; see `export_run`. If it names no records,
            formats are compared on drawn pictures.

    Returns:
        The folder written.

    Raises:
        ColorizerError: if `out` exists and is not to be replaced or not a SavedModel, or cannot be
            written, or a format gives other colors than the network.
    """
    out, options = Path(out), options or ExportOptions()
    check_target(out, options.overwrite)
    photos = prepare_formats(options, size)
    plain = ColorizeModule(in_float32(network), stride, size, ab_stride)
    module = plain
    if options.weights != "float32":
        module = ColorizeModule(in_float32(network), stride, size, ab_stride, options.weights)
    described = {
        "format_version": FORMAT_VERSION,
        "name": out.name,
        "size": size,
        "stride": stride,
        "ab_stride": ab_stride,
        "weights_sha256": _digest(module, network),
        "weights": options.weights,
        "temperature": _temperature(network),
        "parameters": network.count_params(),
        "signatures": list(SIGNATURES),
        "versions": {
            "colorizer_tf": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "license": LICENSE,
    } | dict(facts or {})

    def fill(folder: Path) -> None:
        entries = write_formats(plain, module, folder, options, photos, described)
        info = described | {"formats": entries, "compared_on": photos.told}
        (folder / FILE).write_text(json.dumps(info, indent=2) + "\n", "utf-8")

    try:
        _appear(out, fill)
    except (OSError, tf.errors.OpError) as error:
        raise ColorizerError(
            f"cannot write {out}: {error}; free some space there, or choose another --out"
        ) from error
    return out


def _set_temperature(network: keras.Model, temperature: float) -> None:
    if not temperature:
        return
    mean = class_mean(network)
    if mean is None:
        raise UsageError(
            f"temperature: received {temperature}, expected none: this network predicts ab, not "
            "classes of color (train one with --head classes)"
        )
    mean.temperature = temperature


def _temperature(network: keras.Model) -> float | None:
    mean = class_mean(network)
    return mean.temperature if mean else None


def _digest(module: ColorizeModule, network: keras.Model) -> str:
    """Of the weights, and of the temperature at which they are read, if there is one."""
    digest = hashlib.sha256()
    for weight in module.weights:
        digest.update(weight.numpy().tobytes())
    temperature = _temperature(network)
    if temperature is not None:
        digest.update(repr(temperature).encode())
    return digest.hexdigest()


def _appear(out: Path, fill: Callable[[Path], None]) -> None:
    """Fill a new folder that then takes its place, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        fresh = Path(folder, "new")
        fill(fresh)
        _take_place(fresh, out, Path(folder, "old"))


def _take_place(fresh: Path, out: Path, old: Path) -> None:
    """Move a folder to `out`; what was there goes to `old`, and back if the move fails."""
    replaced = out.exists()
    if replaced:
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if replaced:
            old.rename(out)
        raise


def check_target(out: Path, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is a SavedModel or empty, and may be replaced.

    Raises:
        ColorizerError: with what to do instead.
    """
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "saved_model.pb").is_file():
        raise ColorizerError(f"{out} exists and is not a SavedModel: choose another --out")
    if not overwrite:
        raise ColorizerError(f"{out} holds a model already: --overwrite replaces it")


def _best_metrics(run: Path) -> dict[str, float]:
    """The best epoch's figures on the valid split, and the gray baseline's; empty without any."""
    kept = ("epoch", "val_", "gray_", "true_")
    row = best_row(read_history(run)) or {}
    return {name: value for name, value in row.items() if name.startswith(kept)}


def _load_best(run: Path) -> Any:
    path = run / BEST
    if not path.is_file():
        raise ColorizerError(
            f"{run} holds no {BEST}: the run has not finished an epoch; go on with it: "
            f"colorizer-tf train --resume --out {run}"
        )
    try:
        return keras.saving.load_model(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ColorizerError(f"{path} cannot be loaded: {error}") from error


def _valid_records(config: TrainConfig) -> str:
    """The record set that the run was validated on; empty if it is gone."""
    records = config.valid_records or config.records
    return records if Path(records, MANIFEST).is_file() else ""


def _optional_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
