"""Settings that follow from the records, or from the model that a run starts from."""

import dataclasses
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options.fields import check
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.models.registry import model_class
from colorizer_tf.records.manifest import load_manifest
from colorizer_tf.training.initialize import network_settings_of, trained_size_of
from colorizer_tf.training.run_data import RunData

SIZE = 96
PHOTOS_AN_EPOCH = 20_000
MOST_MOMENTUM = 0.999


def complete(config: TrainConfig, worker: tuple[int, int]) -> TrainConfig:
    """The config with all settings that a run needs, and with absolute paths.

    Args:
        config: settings, None where they are left to this.
        worker: (index, count): which of how many machines this is.

    Raises:
        ColorizerError: if the records or the model to start from cannot be read.
        UsageError: if settings do not fit each other.
    """
    config = with_absolute_paths(config)
    if config.init_from:
        config = _with_network_of(config, network_settings_of(config.init_from))
    config = model_class(config.model).complete(config)
    config = dataclasses.replace(config, size=_size(config), labels=_labels(config))
    steps = config.steps_per_epoch or _steps_per_epoch(config, worker)
    config = dataclasses.replace(config, steps_per_epoch=steps)
    if config.ema is None:
        # An average over about a twentieth of the run; of a few steps there is none to take.
        total = config.epochs * steps
        ema = min(MOST_MOMENTUM, 1 - 20 / total) if total > 40 else 0.0
        config = dataclasses.replace(config, ema=ema)
    return config


def with_absolute_paths(config: TrainConfig) -> TrainConfig:
    """The config with absolute paths, so that its run can be resumed from any directory."""
    names = ("records", "valid_records", "init_from")
    paths = {name: Path(getattr(config, name)) for name in names if getattr(config, name)}
    found: dict[str, Any] = {
        name: str(path.resolve())
        for name, path in paths.items()
        # A model may also be meant by its name.
        if name != "init_from" or path.is_dir()
    }
    return dataclasses.replace(config, **found)


def _with_network_of(config: TrainConfig, settings: dict[str, Any]) -> TrainConfig:
    """The config with another network's settings where it has none."""
    own: dict[str, Any] = {
        name: tuple(value) if name == "widths" else value
        for name, value in settings.items()
        if getattr(config, name, False) is None
    }
    if config.loss is None and settings.get("head") != "classes":
        own["loss"] = "perceptual"
    return dataclasses.replace(config, **own)


def _size(config: TrainConfig) -> int:
    records = int(load_manifest(Path(config.records))["size"])
    stride = model_class(config.model).stride_of(config)
    if config.size is None:
        # At a smaller size than before, fine-tuning loses more than new photos bring.
        known = trained_size_of(config.init_from) if config.init_from else 0
        return max(stride, min(max(SIZE, known), records) // stride * stride)
    if config.size % stride:
        raise UsageError(
            f"size: received {config.size}, expected a multiple of {stride}, the model's stride"
        )
    return config.size


def _labels(config: TrainConfig) -> tuple[str, ...]:
    """The labels that a model is conditioned on: by default those of the training photos."""
    if config.condition == "none":
        check(not config.labels, "labels", ",".join(config.labels), "--condition label with them")
        return ()
    expected = "none with --model cnn or gan: only diffusion draws colors by their label"
    check(config.model == "diffusion", "condition", config.condition, expected)
    known = set(load_manifest(Path(config.records))["labels"]["train"]) - set(config.left_out)
    unknown = sorted(set(config.labels) - known)
    expected = f"folders of the records: {', '.join(sorted(known))}"
    check(not unknown, "labels", ", ".join(unknown), expected)
    return config.labels or tuple(sorted(known))


def _steps_per_epoch(config: TrainConfig, worker: tuple[int, int]) -> int:
    one_pass = RunData(config, worker).steps_per_pass()
    return max(1, min(one_pass, PHOTOS_AN_EPOCH // config.batch_size))
