"""What a person reads during a run: how far it is, how long it will take, and how good it is."""

import sys
import time
from typing import Any

import keras
from tqdm import tqdm

from colorizer_tf.training.callbacks.checkpoints import Checkpoints
from colorizer_tf.training.callbacks.clock import StepClock

SECONDS_A_LINE = 30.0
FIRST_ESTIMATE = 20


class RunReport(keras.callbacks.Callback):
    """A bar on a terminal, else a line now and then; a sentence after each epoch.

    One object serves all fits of a run: the time of a step and of a validation are known from the
    fits before.

    Args:
        batch_size: photos a step.
        steps_per_epoch: steps that count as an epoch.
        epochs: of the whole run.
    """

    def __init__(self, batch_size: int, steps_per_epoch: int, epochs: int) -> None:
        super().__init__()
        self.batch_size, self.steps_per_epoch, self.epochs = batch_size, steps_per_epoch, epochs
        self.total = steps_per_epoch * epochs
        self.step, self.clock = 0, StepClock()
        self.validation_seconds = 0.0
        self.baseline: dict[str, float] = {}
        self.checkpoints: Checkpoints | None = None
        self._taken, self._said = 0, 0.0
        self._bar: Any = None

    def begin(self, step: int, baseline: dict[str, float], checkpoints: Checkpoints) -> None:
        """Set what the next fit starts from."""
        self.step, self.baseline, self.checkpoints = step, baseline, checkpoints

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._said = time.monotonic()
        if sys.stderr.isatty():
            self._bar = tqdm(
                total=self.total, initial=self.step, unit=" steps", smoothing=0.1, leave=False
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.close()

    def close(self) -> None:
        """Remove the bar; after an error `fit` calls no `on_train_end`."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.clock.pause()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.clock.tick()
        self.step, self._taken = self.step + 1, self._taken + 1
        if self._bar is not None:
            self._bar.update(1)
            self._bar.set_postfix_str(self._time_left(), refresh=False)
        waited = time.monotonic() - self._said
        if self._taken == FIRST_ESTIMATE or (self._bar is None and waited > SECONDS_A_LINE):
            time_left = self._time_left() or "compiled"
            self._say(f"step {self.step:,} of {self.total:,}: {time_left}", sys.stderr)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._validating = time.monotonic()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.validation_seconds = time.monotonic() - self._validating

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        row = (logs or {}) | self.baseline
        self._say(f"epoch {epoch + 1} of {self.epochs}: {self._judge(row)}", sys.stdout)

    def _judge(self, row: dict[str, Any]) -> str:
        sentence = (
            f"CIEDE2000 {row['val_delta_e']:.2f} (gray {row['gray_delta_e']:.2f}), colorfulness "
            f"{row['val_colorfulness']:.0f} of {row['true_colorfulness']:.0f}"
        )
        score = row.get(self.model.best_by)
        if self.checkpoints is not None and score == self.checkpoints.best:
            sentence += ", best so far"
        left = self._time_left() if self.step < self.total else ""
        return f"{sentence}; {left}" if left else sentence

    def _time_left(self) -> str:
        seconds = self.clock.seconds_per_step()
        if not seconds:
            return ""
        epochs = self.epochs - self.step // self.steps_per_epoch
        left = (self.total - self.step) * seconds + epochs * self.validation_seconds
        return f"{self.batch_size / seconds:.0f} photos/s, {spell_duration(left)} left"

    def _say(self, text: str, file: Any) -> None:
        self._said = time.monotonic()
        tqdm.write(text, file=file)
        file.flush()


def spell_duration(seconds: float) -> str:
    """A duration as it is said: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
