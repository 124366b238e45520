"""The run's history: a row an epoch."""

from typing import Any

import keras
import numpy as np

from colorizer_tf.training.callbacks.clock import StepClock
from colorizer_tf.training.run_folder import RunFolder

EVENT = "event_"


def events_of(row: dict[str, Any]) -> list[str]:
    """Names of the events that the guard has set in an epoch's logs."""
    return [name.removeprefix(EVENT) for name in row if name.startswith(EVENT) and row[name]]


class RunLog(keras.callbacks.Callback):
    """Completes each epoch's logs and writes them to the run's folder.

    It comes first among the callbacks, so that the others see "learning_rate",
    "images_per_second" and the baseline too.

    Args:
        folder: the run's folder.
        batch_size: photos a step.
        step: steps taken before this fit; rows past it are dropped, as they are taken again.
        baseline: what stays the same each epoch, as of `baseline.measure_baseline`.
    """

    def __init__(
        self, folder: RunFolder, batch_size: int, step: int, baseline: dict[str, float]
    ) -> None:
        super().__init__()
        self.folder, self.batch_size = folder, batch_size
        self.step, self.baseline = step, baseline
        self.rows = [row for row in folder.read_history() if row["step"] <= step]

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._clock = StepClock()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.step += 1
        self._clock.tick()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        logs.update(self.model.step_settings())
        seconds = self._clock.seconds_per_step()
        logs["images_per_second"] = self.batch_size / seconds if seconds else 0.0
        logs.update(self.baseline)
        row: dict[str, float] = {"epoch": epoch + 1, "step": self.step}
        row |= {name: float(value) for name, value in logs.items()}
        self.rows.append(row)
        self.folder.write_history(self.rows)
