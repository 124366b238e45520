"""A training run, from a config to a run folder: strategy, data, model, callbacks, fit."""

import dataclasses
import json
import math
from pathlib import Path

import keras
import tensorflow as tf

from colorizer_tf import color, metrics
from colorizer_tf.callbacks import Checkpoints, RunLog, TensorBoardLog, read_history, read_progress
from colorizer_tf.callbacks.checkpoints import BEST, LAST
from colorizer_tf.config import TrainConfig, from_dict
from colorizer_tf.environment import describe_environment
from colorizer_tf.errors import ColorizerError, UsageError
from colorizer_tf.images import write_atomic
from colorizer_tf.models import MODELS
from colorizer_tf.pipeline import Augmentation, count_records, load_records, shard_files

CONFIG_JSON, ENVIRONMENT_JSON = "config.json", "environment.json"


def train_model(
    config: TrainConfig, run: str | Path, *, resume: bool = False, verbose: str | int = "auto"
) -> list[dict[str, float]]:
    """Train a model into a run folder.

    Args:
        config: all settings.
        run: the folder; it gets config.json, environment.json, history.json and .csv,
            best.keras (lowest CIEDE2000 on the valid split), last.keras and tensorboard/.
        resume: go on with a run that was stopped; its weights then end as if it had not been.
        verbose: Keras's: 0 is silent, 1 a progress bar, 2 a line an epoch.

    Returns:
        The run's history, a row an epoch.

    Raises:
        ColorizerError: if records or runs are missing or do not fit, if the loss is not finite, or
            after a signal to stop; the message says how to go on.
    """
    run = Path(run)
    _check_run(run, config, resume)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    try:
        strategy = build_strategy(config)
        steps = _steps_per_epoch(config)
        with strategy.scope():
            model = MODELS[config.model](config, config.epochs * steps)
        if config.init_from and not (run / LAST).is_file():
            initialize(model, Path(config.init_from))
        valid = load_records(
            config.valid_records or config.records,
            "valid",
            config.batch_size,
            size=config.size or None,
            remainder="mask",
        )
        _training_data(config, step=0)
        # All that can be wrong with the settings has been found by now: only then a folder.
        if not resume:
            _make_run(run, config)
        _fit(config, run, model, steps, valid, verbose)
    finally:
        keras.config.set_dtype_policy("float32")
    return read_history(run)


def read_config(run: str | Path) -> TrainConfig:
    """The settings of a run folder.

    Raises:
        ColorizerError: if there is no run.
    """
    path = Path(run) / CONFIG_JSON
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ColorizerError(
            f"{run} is not a training run: it has no {CONFIG_JSON}; make one with: "
            f"colorizer-tf train --out {run}"
        ) from None
    except (OSError, ValueError) as error:
        raise ColorizerError(f"{path} cannot be read: {error}") from None
    config: TrainConfig = from_dict(TrainConfig, values, str(path))
    return config


def _check_run(run: Path, config: TrainConfig, resume: bool) -> None:
    if resume:
        if read_config(run) != config:
            raise UsageError(f"{run}: --resume goes on with the run's own settings, unchanged")
    elif (run / CONFIG_JSON).exists():
        raise UsageError(
            f"{run} already holds a run: go on with it by --resume, or choose another --out"
        )


def _make_run(run: Path, config: TrainConfig) -> None:
    run.mkdir(parents=True, exist_ok=True)
    write_atomic(run / ENVIRONMENT_JSON, json.dumps(describe_environment(), indent=1).encode())
    write_atomic(run / CONFIG_JSON, json.dumps(dataclasses.asdict(config), indent=1).encode())


def build_strategy(config: TrainConfig) -> tf.distribute.MirroredStrategy:
    """A `MirroredStrategy` over the config's devices.

    Raises:
        UsageError: if a device is not there, or the batch cannot be split evenly.
    """
    seen = {
        f"{d.device_type}:{d.name.rpartition(':')[2]}".lower()
        for d in tf.config.list_logical_devices()
        if d.device_type in ("CPU", "GPU")
    }
    if config.devices == "auto":
        chosen = sorted(d for d in seen if d.startswith("gpu")) or ["cpu:0"]
    else:
        chosen = ["cpu:0" if d == "cpu" else d for d in config.devices.lower().split(",")]
    missing = [d for d in chosen if d not in seen]
    if missing:
        raise UsageError(
            f"--devices: no {', '.join(missing)} here; found: {', '.join(sorted(seen))}"
        )
    if config.batch_size % len(chosen):
        raise UsageError(
            f"--batch-size {config.batch_size} cannot be split evenly over {len(chosen)} devices"
        )
    # On CPUs the sums go through one device: TensorFlow's collectives of two strategies in one
    # process would answer each other.
    on_cpu = all(device.startswith("cpu") for device in chosen)
    sums = tf.distribute.ReductionToOneDevice() if on_cpu else None
    return tf.distribute.MirroredStrategy(chosen, cross_device_ops=sums)


def _passes(config: TrainConfig) -> int:
    """Steps in a pass over the training split, at least 1."""
    shard_files(config.records, "train")  # Raises if there are none, or not all of them.
    count = count_records(config.records, "train")
    if count < config.batch_size:
        raise UsageError(
            f"{config.records}: {count} training records are less than one batch of "
            f"{config.batch_size}: lower --batch-size to at most {count}"
        )
    return count // config.batch_size


def _steps_per_epoch(config: TrainConfig) -> int:
    return config.steps_per_epoch or _passes(config)


def initialize(model: keras.Model, run: Path) -> None:
    """Give the model's network the best weights of another run.

    Raises:
        ColorizerError: if there is no such run, or its network is another one.
    """
    path = run / BEST
    if not path.is_file():
        raise ColorizerError(
            f"--init-from {run}: no {BEST} there; expected a run that has validated"
        )
    network = keras.saving.load_model(path).averaged_network()
    try:
        model.network.set_weights(network.get_weights())
    except ValueError:
        own = read_config(run)
        raise ColorizerError(
            f"--init-from {run}: its network has other shapes (widths {own.widths}, blocks "
            f"{own.blocks}, skips {own.skips}, norm {own.norm}): give the same to this run"
        ) from None


def _fit(
    config: TrainConfig,
    run: Path,
    model: keras.Model,
    steps: int,
    valid: tf.data.Dataset,
    verbose: str | int,
) -> None:
    baseline = measure_baseline(valid)
    pictures = next(iter(valid.unbatch().batch(config.pictures)))[:2] if config.pictures else None
    total = steps * config.epochs
    step = restore(model, run)
    while step < total:
        # Keras counts the same number of steps in each epoch: the rest of an interrupted one is
        # a fit of its own, and what follows goes on from the checkpoint at its end.
        done = step % steps
        until = step // steps + 1 if done else config.epochs
        checkpoints = Checkpoints(
            run, step, config.checkpoint_minutes, best=_best_score(run), score="val_delta_e"
        )
        callbacks = [
            RunLog(run, config.batch_size, step, baseline),
            TensorBoardLog(run / "tensorboard", step, pictures),
            checkpoints,
        ]
        if config.ema:
            # Last, so that all others see the end of a validation with these weights in place.
            callbacks.append(keras.callbacks.SwapEMAWeights())
        try:
            model.fit(
                _training_data(config, step),
                initial_epoch=step // steps,
                epochs=until,
                steps_per_epoch=steps - done,
                validation_data=valid,
                callbacks=callbacks,
                shuffle=False,  # The pipeline did.
                verbose=verbose,
            )
        finally:
            checkpoints.restore_handlers()
        step = restore(model, run)


def _training_data(config: TrainConfig, step: int) -> tf.data.Dataset:
    passes = _passes(config)
    first, last = step // passes, math.ceil(config.epochs * _steps_per_epoch(config) / passes)
    return load_records(
        config.records,
        "train",
        config.batch_size,
        size=config.size or None,
        augmentation=Augmentation(config.flip, config.crop_scale, config.jitter),
        seed=config.seed,
        epochs=range(first, last),
        first_step=step % passes,
        shuffle_buffer=config.shuffle_buffer,
    )


def restore(model: keras.Model, run: Path) -> int:
    """Load the run's last checkpoint, optimizer included, and give the steps it has taken."""
    path = run / LAST
    if not path.is_file():
        return 0
    model.load_weights(path)
    return int(read_progress(path)["step"])


def _best_score(run: Path) -> float:
    if not (run / BEST).is_file():
        return math.inf
    return float(read_progress(run / BEST)["val_delta_e"])


def measure_baseline(valid: tf.data.Dataset) -> dict[str, float]:
    """What a gray answer scores, and how colourful the truth is: a floor for every measure.

    Args:
        valid: masked batches of `load_records`.
    """
    means = {
        name: keras.metrics.Mean() for name in ("gray_delta_e", "gray_psnr", "true_colorfulness")
    }
    for lightness, scaled_ab, weight in valid:
        level, ab = color.unscale_lightness(lightness), color.unscale_ab(scaled_ab)
        gray = tf.zeros_like(ab)
        rgb = color.lab_to_rgb(tf.concat([level, ab], -1))
        rgb_gray = color.lab_to_rgb(tf.concat([level, gray], -1))
        means["gray_delta_e"].update_state(metrics.delta_e(ab, gray), weight)
        means["gray_psnr"].update_state(metrics.psnr(rgb, rgb_gray), weight)
        means["true_colorfulness"].update_state(metrics.colorfulness(rgb), weight)
    return {name: float(mean.result()) for name, mean in means.items()}
