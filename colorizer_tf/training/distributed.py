"""`fit` over several machines: Keras's own cannot yet (keras issue 20585).

The same steps, callbacks and logs as `keras.Model.fit`, on public names of both libraries alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError

# What TensorFlow raises on the others when a machine goes: it depends on what they were at.
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


def fit_together(
    model: keras.Model,
    strategy: tf.distribute.Strategy,
    data: tf.data.Dataset,
    *,
    initial_epoch: int,
    epochs: int,
    steps_per_epoch: int,
    validation_data: tf.data.Dataset,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Train on this machine's share of each batch, in step with all others.

    Args:
        model: built and compiled inside of the strategy's scope.
        strategy: a `MultiWorkerMirroredStrategy`.
        data: this machine's share, with as many batches as on all others.
        initial_epoch: as for `fit`.
        epochs: as for `fit`.
        steps_per_epoch: as for `fit`.
        validation_data: this machine's share of it, as of the data.
        callbacks: as for `fit`.

    Raises:
        ColorizerError: if another machine is lost.
    """
    train_step, test_step = (_on_all(strategy, s) for s in (model.train_step, model.test_step))
    calls = keras.callbacks.CallbackList(
        list(callbacks),
        add_progbar=False,
        model=model,
        epochs=epochs,
        steps=steps_per_epoch,
    )
    try:
        batches, held_out = iter(_dealt(strategy, data)), _dealt(strategy, validation_data)
        calls.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            model.reset_metrics()
            calls.on_epoch_begin(epoch)
            logs: dict[str, float] = {}
            for number in range(steps_per_epoch):
                calls.on_train_batch_begin(number)
                logs = train_step(next(batches))
                calls.on_train_batch_end(number, logs)
            model.reset_metrics()
            calls.on_test_begin()
            for batch in held_out:
                scores = test_step(batch)
            calls.on_test_end(scores)
            calls.on_epoch_end(epoch, logs | {f"val_{name}": v for name, v in scores.items()})
        calls.on_train_end(logs)
    except LOST as error:
        raise ColorizerError(
            f"another machine of this run is gone, or cannot be reached ({type(error).__name__}): "
            f"stop the run on all machines, then start it on all of them again with --resume"
        ) from error


def _on_all(strategy: tf.distribute.Strategy, step: Callable[..., Any]) -> Callable[..., Any]:
    # Nothing to convert: steps are written in TensorFlow's own terms.
    @tf.function(autograph=False)
    def stepped(batch: Any) -> Any:
        return strategy.run(step, args=(batch,))

    def logged(batch: Any) -> dict[str, float]:
        # The means hold the pictures of all replicas: those of one are as good as any other's.
        first = {k: strategy.experimental_local_results(v)[0] for k, v in stepped(batch).items()}
        return {name: float(value) for name, value in first.items()}

    return logged


def _dealt(strategy: tf.distribute.Strategy, data: tf.data.Dataset) -> Any:
    """This machine's batches, cut up for its devices."""

    def shared(context: tf.distribute.InputContext) -> tf.data.Dataset:
        here = context.num_replicas_in_sync // context.num_input_pipelines
        if here == 1:
            return data
        batch = tf.nest.flatten(data.element_spec)[0].shape[0]
        return data.rebatch(batch // here)

    return strategy.distribute_datasets_from_function(shared)
