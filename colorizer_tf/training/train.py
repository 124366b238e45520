"""A training run, from its settings to a run folder."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from colorizer_tf.base.locks import alone_in
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.models.registry import build_model
from colorizer_tf.training.announcement import describe, say
from colorizer_tf.training.baseline import measure_baseline
from colorizer_tf.training.callbacks import RunReport
from colorizer_tf.training.completion import complete, with_absolute_paths
from colorizer_tf.training.fitting import Fitting
from colorizer_tf.training.initialize import initialize
from colorizer_tf.training.run_data import RunData
from colorizer_tf.training.run_folder import History, RunFolder
from colorizer_tf.training.sheet import write_sheet
from colorizer_tf.training.strategy import build_strategy, read_worker


def train_model(
    config: TrainConfig,
    run: str | Path,
    *,
    resume: bool = False,
    verbose: bool = True,
    profile: int = 0,
) -> History:
    """Train a model into a run folder.

    Args:
        config: settings; what is None is completed, see `completion.complete`.
        run: the folder, see `RunFolder`. Of several machines (TF_CONFIG) the first writes it, and
            all must see it.
        resume: continue a run that was stopped; its weights then end as if it had not been.
        verbose: say what is trained, how far it is, and how each epoch scores.
        profile: trace so many steps for TensorBoard's tab "Profile".

    Returns:
        The run's history, a row an epoch.

    Raises:
        ColorizerError: if records or runs are missing or do not fit, if the loss is not finite, or
            after a signal to stop; the message says how to continue.
    """
    folder, worker = RunFolder(run), read_worker()
    if resume:
        config = folder.check_resumable(with_absolute_paths(config))
    else:
        folder.check_free()
        config = complete(config, worker)
    data = RunData(config, worker)
    strategy = build_strategy(config)
    with _arithmetic_of(config), data.damage_named():
        data.check()
        with strategy.scope():
            model = build_model(config, config.epochs * data.steps_per_epoch())
        if not folder.last.is_file():
            initialize(model, config)
        report = None
        if verbose and data.worker[0] == 0:
            say(describe(config, data, model, strategy))
            report = RunReport(config.batch_size, data.steps_per_epoch(), config.epochs)
        baseline = measure_baseline(data.valid)
        # The folder is made only after everything has been checked.
        with _writing(folder, config, is_chief=data.worker[0] == 0, resume=resume):
            Fitting(config, folder, data, model, strategy, baseline, report, profile).run()
            if config.pictures and data.worker[0] == 0 and folder.best.is_file():
                write_sheet(folder, model, data.first_photos(config.pictures))
    return folder.read_history()


@contextlib.contextmanager
def _arithmetic_of(config: TrainConfig) -> Iterator[None]:
    """Seeds, determinism and precision, which Keras and TensorFlow hold globally."""
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


@contextlib.contextmanager
def _writing(
    folder: RunFolder, config: TrainConfig, *, is_chief: bool, resume: bool
) -> Iterator[None]:
    """The run's folder, locked by the one machine that writes it."""
    if not is_chief:
        yield
        return
    with alone_in(folder.path):
        if not resume:
            # Another training may have begun here in the meantime.
            folder.check_free()
            folder.create(config)
        yield
