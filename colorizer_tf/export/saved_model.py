"""A training run -> a SavedModel that needs neither this package, nor Keras, nor a custom op.

Beside it are the same network in other formats, and `model.json`.
"""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.version import __version__
from colorizer_tf.export.diffusion import DiffusionModule, StoredDiffusion
from colorizer_tf.export.formats.writing import prepare_formats, write_formats
from colorizer_tf.export.network import StoredNetwork
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.signatures import ColorizeModule
from colorizer_tf.export.target import check_target, write_folder
from colorizer_tf.inference.model_json import (
    CLASSES,
    CLASSES_VERSION,
    DIFFUSION,
    FILE,
    FORMAT_VERSION,
    HINTS,
    NETWORK,
)
from colorizer_tf.inference.weights import HINT_WEIGHTS
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks import read_hint_head
from colorizer_tf.records.manifest import MANIFEST
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.training.run_folder import RunFolder

LICENSE = "Apache-2.0"

_log = logging.getLogger("colorizer_tf")


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
        UsageError: if a temperature or a gain is given for a network without color classes.
        ColorizerError: if the run holds no trained model, `out` exists, or a format cannot be
            written or gives other colors.
    """
    run, out, options = Path(run), Path(out), options or ExportOptions()
    check_target(out, options.overwrite)
    folder = RunFolder(run)
    config = folder.read_config()
    if not options.calibrate:
        options = dataclasses.replace(options, calibrate=_valid_records(config))
    model = folder.load_best()
    network, parts = model.exported_network(), model.exported_parts()
    metrics = _best_metrics(folder)
    _warn_if_worse_than_gray(run, metrics)
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
        "metrics": metrics,
        NETWORK: model.get_config()["network"],
        "git_revision": _optional_json(folder.environment).get("git_revision"),
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
        **parts,
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
    denoiser: keras.Model | None = None,
    labels: Sequence[str] = (),
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
        denoiser: of a diffusion model, whose U-Net the network is; see `networks.denoiser`.
        labels: that it is conditioned on.

    Returns:
        The folder written.

    Raises:
        ColorizerError: if `out` exists and is not to be replaced or not a SavedModel, or cannot be
            written, or a format gives other colors than the network.
    """
    out, options = Path(out), options or ExportOptions()
    check_target(out, options.overwrite)
    photos = prepare_formats(options, size)
    hints = read_hint_head(options.hints, network) if options.hints else None

    def module_of(weights: str) -> ColorizeModule:
        if denoiser is not None:
            parts = StoredDiffusion(network, denoiser, stride, weights)
            return DiffusionModule(parts, size, ab_stride, tuple(labels))
        stored = StoredNetwork(network, stride, weights, hints)
        return ColorizeModule(stored, size, ab_stride, options.temperature, options.chroma_gain)

    plain = module = module_of("float32")
    _check_options(options, plain)
    if options.weights != "float32":
        module = module_of(options.weights)
    described = _describe(out.name, module, plain.network, options.weights) | dict(facts or {})

    def fill(folder: Path) -> None:
        entries = write_formats(plain, module, folder, options, photos, described)
        info = described | {"formats": entries, "compared_on": photos.caption}
        (folder / FILE).write_text(json.dumps(info, indent=2) + "\n", "utf-8")

    try:
        write_folder(out, fill)
    except (OSError, tf.errors.OpError) as error:
        raise ColorizerError(
            f"cannot write {out}: {error}; free some space there, or choose another --out"
        ) from error
    return out


def _check_options(options: ExportOptions, module: ColorizeModule) -> None:
    """Refuse formats that a model has not, and options that act on a distribution it has not."""
    if isinstance(module, DiffusionModule) and not {*options.formats} <= {"savedmodel", "onnx"}:
        given = ",".join(options.formats)
        raise UsageError(f"formats: received {given}, expected savedmodel and onnx of a diffusion")
    if module.network.temperature is not None:
        return
    for name, default in (("temperature", None), ("chroma_gain", 1.0)):
        value = getattr(options, name)
        if value != default:
            raise UsageError(
                f"{name}: received {value}, expected none: this network predicts ab, not classes "
                "of color (train one with --loss classes)"
            )


def _describe(
    name: str, module: ColorizeModule, stored: StoredNetwork, weights: str
) -> dict[str, Any]:
    """What `model.json` says of the network."""
    entries = {
        "format_version": CLASSES_VERSION if module.temperature else 1,
        "name": name,
        "size": module.size,
        "stride": stored.stride,
        "ab_stride": module.ab_stride,
        "weights_sha256": _digest(module),
        "weights": weights,
        "temperature": module.temperature,
        "parameters": stored.parameters,
        "signatures": list(module.signatures()),
        "versions": {
            "colorizer_tf": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "license": LICENSE,
    }
    if isinstance(module, DiffusionModule):
        return entries | {"format_version": FORMAT_VERSION, DIFFUSION: module.facts()}
    classes = stored.classes(module.gain)
    if classes:
        entries[CLASSES] = classes
    if stored.hints:
        entries[HINTS] = stored.hints.describe() | {"weights_sha256": _digest_of_hints(module)}
    return entries


def _digest(module: ColorizeModule) -> str:
    """Of the weights without those of hints, and of the temperature at which they are read."""
    weights = [w for name, w in module.weights.items() if not name.startswith(HINT_WEIGHTS)]
    read_at = b"" if module.temperature is None else repr(module.temperature).encode()
    return _sha256([*(weight.numpy().tobytes() for weight in weights), read_at])


def _digest_of_hints(module: ColorizeModule) -> str:
    weights = [w for name, w in module.weights.items() if name.startswith(HINT_WEIGHTS)]
    return _sha256(weight.numpy().tobytes() for weight in weights)


def _sha256(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _warn_if_worse_than_gray(run: Path, metrics: Mapping[str, float]) -> None:
    error, gray = metrics.get("val_delta_e"), metrics.get("gray_delta_e")
    if error is not None and gray is not None and error > gray:
        _log.warning(
            "%s: this model is worse than leaving photos gray: CIEDE2000 %.2f on its validation "
            "photos, gray %.2f; train it longer, or from a model that ships: --init-from cnn",
            run,
            error,
            gray,
        )


def _best_metrics(folder: RunFolder) -> dict[str, float]:
    """The best epoch's figures on the valid split, and the gray baseline's; empty without any."""
    kept = ("epoch", "val_", "gray_", "true_")
    row = folder.best_row()
    return {name: value for name, value in row.items() if name.startswith(kept)}


def _valid_records(config: TrainConfig) -> str:
    """The record set that the run was validated on; empty if it is gone."""
    records = config.valid_records or config.records
    return records if Path(records, MANIFEST).is_file() else ""


def _optional_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
