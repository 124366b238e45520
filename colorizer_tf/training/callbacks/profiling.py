"""A profile of some steps, for TensorBoard's tab of that name."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

# The first ones compile, and fill the pipeline's buffers.
WARM_UP = 10


class Profile(keras.callbacks.Callback):
    """Traces some steps on the processors, from the eleventh step of this fit on.

    Args:
        folder: TensorBoard's log directory; the trace lies within, under `plugins/profile`.
        steps: how many; fewer if the fit ends before.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__()
        self._folder, self._end = folder, WARM_UP + steps
        self._step = 0
        self._running = False

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        if self._step == WARM_UP:
            tf.profiler.experimental.start(str(self._folder))
            self._running = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._step += 1
        if self._step == self._end:
            self._stop()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._stop()

    def _stop(self) -> None:
        if self._running:
            self._running = False
            tf.profiler.experimental.stop()
