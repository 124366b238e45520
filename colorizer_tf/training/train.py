"""A training run, from a config to a run folder: strategy, data, model, callbacks, fit."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.environment import describe_environment
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.options import from_dict
from colorizer_tf.data.pipeline import Augmentation, count_batches, count_records, load_records
from colorizer_tf.data.sampling import Sampling
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.models.registry import MODELS
from colorizer_tf.training.baseline import measure_baseline
from colorizer_tf.training.callbacks import (
    Checkpoints,
    Guard,
    RunLog,
    TensorBoardLog,
    read_history,
    read_progress,
)
from colorizer_tf.training.callbacks.checkpoints import BEST, LAST
from colorizer_tf.training.distributed import fit_together
from colorizer_tf.training.strategy import build_strategy, deal, read_worker

CONFIG_JSON, ENVIRONMENT_JSON = "config.json", "environment.json"


def train_model(
    config: TrainConfig, run: str | Path, *, resume: bool = False, verbose: str | int = "auto"
) -> list[dict[str, float]]:
    """Train a model into a run folder.

    Args:
        config: all settings.
        run: the folder; it gets config.json, environment.json, history.json and .csv,
            best.keras (the model's `best_by` on the valid split), last.keras and tensorboard/. Of
            several machines (TF_CONFIG) the first writes it, and all must see it.
        resume: go on with a run that was stopped; its weights then end as if it had not been.
        verbose: Keras's: 0 is silent, 1 a progress bar, 2 a line an epoch.

    Returns:
        The run's history, a row an epoch.

    Raises:
        ColorizerError: if records or runs are missing or do not fit, if the loss is not finite, or
            after a signal to stop; the message says how to go on.
    """
    run, config = Path(run), config.settled()
    _check_run(run, config, resume)
    strategy = build_strategy(config)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    try:
        steps = _steps_per_epoch(config)
        with strategy.scope():
            model = MODELS[config.model](config, config.epochs * steps)
        if config.init_from and not (run / LAST).is_file():
            initialize(model, Path(config.init_from))
        baseline = measure_baseline(_valid_data(config))
        _training_data(config, step=0)
        # All that can be wrong with the settings has been found by now: only then a folder.
        if not resume and _is_chief():
            _make_run(run, config)
        _fit(config, run, model, strategy, steps, baseline, verbose)
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
        if read_config(run).settled() != config:
            raise UsageError(f"{run}: --resume goes on with the run's own settings, unchanged")
    elif (run / CONFIG_JSON).exists():
        raise UsageError(
            f"{run} already holds a run: go on with it by --resume, or choose another --out"
        )


def _make_run(run: Path, config: TrainConfig) -> None:
    run.mkdir(parents=True, exist_ok=True)
    write_atomic(run / ENVIRONMENT_JSON, json.dumps(describe_environment(), indent=1).encode())
    write_atomic(run / CONFIG_JSON, json.dumps(dataclasses.asdict(config), indent=1).encode())


def _is_chief() -> bool:
    return read_worker()[0] == 0


def _passes(config: TrainConfig) -> int:
    """Steps in a pass over the training split, at least 1."""
    worker = read_worker()
    batch_size = config.batch_size // worker[1]
    steps = count_batches(config.records, "train", batch_size, "drop", worker, _sampling(config))
    if steps < 1:
        count = count_records(config.records, "train") // worker[1]
        raise UsageError(
            f"{config.records}: {count} training records are less than one batch of "
            f"{config.batch_size // worker[1]}: lower --batch-size to at most {count * worker[1]}"
        )
    return steps


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
            f"--init-from {run}: its network has other shapes; give this run the same settings: "
            f"{', '.join(f'{name} {value}' for name, value in own.network().items())}"
        ) from None


def _fit(
    config: TrainConfig,
    run: Path,
    model: keras.Model,
    strategy: tf.distribute.Strategy,
    steps: int,
    baseline: dict[str, float],
    verbose: str | int,
) -> None:
    worker, total = read_worker(), steps * config.epochs
    step = _restore_together(model, run, strategy)
    while step < total:
        # Keras counts the same number of steps in each epoch: the rest of an interrupted one is
        # a fit of its own, as is each stage; what follows goes on from the checkpoint at its end.
        done, epoch = step % steps, step // steps
        number, (stage, until) = next(
            (number, stage) for number, stage in enumerate(config.stages()) if epoch < stage[1]
        )
        model.enter(stage)
        known = baseline | ({"stage": number + 1.0} if len(config.stages()) > 1 else {})
        callbacks = _callbacks(config, run, model, step, known)
        arguments: dict[str, Any] = {
            "initial_epoch": epoch,
            "epochs": epoch + 1 if done else until,
            "steps_per_epoch": steps - done,
            "callbacks": callbacks,
            "verbose": verbose,
        }
        data, valid = _training_data(config, step), _valid_data(config, worker)
        try:
            if worker[1] > 1:
                fit_together(model, strategy, data, validation_data=valid, **arguments)
            else:
                # The pipeline did shuffle.
                dealt, held_out = deal(strategy, data), deal(strategy, valid)
                model.fit(dealt, validation_data=held_out, shuffle=False, **arguments)
        finally:
            callbacks[0].checkpoints.restore_handlers()
        step = _restore_together(model, run, strategy)


def _callbacks(
    config: TrainConfig, run: Path, model: keras.Model, step: int, baseline: dict[str, float]
) -> list[keras.callbacks.Callback]:
    """What happens around the steps, each in its place: judged, then written, then acted upon."""
    checkpoints = Checkpoints(
        run,
        step,
        config.checkpoint_minutes,
        score=model.best_by,
        policy=config.on_collapse,
        writes=_is_chief(),
    )
    pictures = None
    if config.pictures and _is_chief():
        batches = _valid_data(config).unbatch().batch(config.pictures)
        pictures = next(iter(batches))[:2]
    chosen: list[keras.callbacks.Callback] = [Guard(config, baseline, checkpoints)]
    if _is_chief():
        chosen += [
            RunLog(run, config.batch_size, step, baseline),
            TensorBoardLog(run / "tensorboard", step, pictures),
        ]
    chosen.append(checkpoints)
    if config.ema and (model.stage != "discriminator" or model.has_average()):
        # Last, so that all others see the end of a validation with these weights in place.
        chosen.append(keras.callbacks.SwapEMAWeights())
    return chosen


def _restore_together(model: keras.Model, run: Path, strategy: tf.distribute.Strategy) -> int:
    """`restore` on all machines, from one and the same checkpoint."""
    if read_worker()[1] == 1:
        return restore(model, run)
    # Only once all are here has the chief written its last one.
    _mean_over_machines(strategy, 0.0)
    step = restore(model, run)
    # Machines that went on from different steps would train on in silence, or wait for ever.
    if _mean_over_machines(strategy, step) != step:
        raise ColorizerError(
            f"{run} is at step {step} here, and at another one on another machine: give all of "
            f"them one folder on storage that they share"
        )
    return step


def _mean_over_machines(strategy: tf.distribute.Strategy, number: float) -> float:
    own = tf.constant(number, tf.float64)

    @tf.function(autograph=False)
    def mean() -> tf.Tensor:
        return strategy.run(lambda: tf.distribute.get_replica_context().all_reduce("MEAN", own))

    return float(strategy.experimental_local_results(mean())[0])


def _valid_data(config: TrainConfig, worker: tuple[int, int] = (0, 1)) -> tf.data.Dataset:
    return load_records(
        config.valid_records or config.records,
        "valid",
        config.batch_size // worker[1],
        size=config.size or None,
        remainder="mask",
        worker=worker,
    )


def _training_data(config: TrainConfig, step: int) -> tf.data.Dataset:
    passes, worker = _passes(config), read_worker()
    first, last = step // passes, math.ceil(config.epochs * _steps_per_epoch(config) / passes)
    return load_records(
        config.records,
        "train",
        config.batch_size // worker[1],
        size=config.size or None,
        augmentation=Augmentation(config.flip, config.crop_scale, config.jitter, config.age),
        sampling=_sampling(config),
        seed=config.seed,
        epochs=range(first, last),
        first_step=step % passes,
        shuffle_buffer=config.shuffle_buffer,
        worker=worker,
    )


def _sampling(config: TrainConfig) -> Sampling:
    left_out = tuple(name.strip() for name in config.left_out.split(",") if name.strip())
    return Sampling(config.balance, left_out)


def restore(model: keras.Model, run: Path) -> int:
    """Load the run's last checkpoint, optimizer included, and give the steps it has taken."""
    path = run / LAST
    if not path.is_file():
        return 0
    model.load_weights(path)
    return int(read_progress(path)["step"])
