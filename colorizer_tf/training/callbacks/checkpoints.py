"""Checkpoints that a run goes on from exactly, and what becomes of them after an event."""

import json
import math
import os
import shutil
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.training.callbacks.log import events_of

LAST, BEST, GOOD = "last.keras", "best.keras", "good.keras"
PROGRESS = "progress.json"
MOST_ROLLBACKS = 5


def save_model(model: keras.Model, path: Path, progress: dict[str, Any]) -> None:
    """Write a `.keras` file that also holds how far the run is; it appears whole or not at all."""
    temporary = path.with_name(f".{path.stem}.partial.keras")
    model.save(temporary)
    # Inside of the file, so that weights and progress can never be of two different moments.
    with zipfile.ZipFile(temporary, "a") as archive:
        archive.writestr(PROGRESS, json.dumps(progress))
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def read_progress(path: Path) -> dict[str, Any]:
    """How far the run was when it wrote this file: "step" counts all steps taken."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(PROGRESS))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ColorizerError(f"{path} is not a checkpoint of a run: {error}") from None


class Checkpoints(keras.callbacks.Callback):
    """Keeps `last.keras` (every so many minutes, and each epoch) and `best.keras` (by validation).

    Ctrl-C and SIGTERM end the run after the step under way, which `last.keras` then holds; a second
    Ctrl-C ends it at once. An epoch whose logs hold an event, or a loss that is not finite, ends it
    too, under the policy "rollback" it goes on from the last good weights instead: at the step it
    has come to, with half the adversarial weight.

    Args:
        run: the run's folder.
        step: steps taken before this fit.
        minutes: between two checkpoints within an epoch (0: every step).
        score: the key of the validation log that is to be low.
        policy: after an event "stop", "rollback" or "ignore".
        writes: whether to write: of several machines one does.

    Attributes:
        mended: events within this epoch that have been rolled back.

    Raises:
        ColorizerError: out of `fit`, when the run ends early; it says how to go on.
    """

    def __init__(
        self,
        run: Path,
        step: int,
        minutes: float,
        score: str = "val_delta_e",
        policy: str = "stop",
        writes: bool = True,
    ) -> None:
        super().__init__()
        self.run, self.step, self.seconds = run, step, 60 * minutes
        self.score, self.policy, self.writes = score, policy, writes
        best, last = run / BEST, run / LAST
        self.best = float(read_progress(best)[score]) if best.is_file() else math.inf
        self.rollbacks = int(read_progress(last).get("rollbacks", 0)) if last.is_file() else 0
        self.mended: set[str] = set()
        self._saved_at = time.monotonic()
        self._signal = 0
        self._handlers: dict[int, Any] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._handlers[number] = signal.signal(number, self._remember)
            except ValueError:
                break  # Not the main thread: whoever runs us there handles its own signals.

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.restore_handlers()

    def restore_handlers(self) -> None:
        """Give the signals back to their owner; after an error `fit` calls no `on_train_end`."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _remember(self, number: int, frame: Any) -> None:  # noqa: ARG002
        if self._signal:
            raise KeyboardInterrupt
        self._signal = number

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.step += 1
        losses = {name: float(v) for name, v in (logs or {}).items() if name.endswith("loss")}
        wrong = [name for name, value in losses.items() if not math.isfinite(value)]
        if wrong:
            self._mend(f"the {wrong[0]} is {losses[wrong[0]]} at step {self.step}")
        elif self._signal or time.monotonic() - self._saved_at >= self.seconds:
            self._save_last()
        if self._signal:
            raise ColorizerError(
                f"stopped by {signal.Signals(self._signal).name} after step {self.step}; "
                f"go on with: colorizer-tf train --resume --out {self.run}"
            )

    def _mend(self, what: str) -> None:
        if self.policy != "rollback":
            raise ColorizerError(
                f"{what}: training stopped, {self.run / LAST} holds the last good checkpoint. "
                f"Lower --learning-rate, or set --clip-norm, and start a new run with "
                f"--init-from {self.run}"
            )
        self._roll_back(self.run / LAST, what)
        # The means since the epoch's beginning hold what was not finite.
        self.model.reset_metrics()
        self.mended.add("not_finite")
        self._save_last()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        events = [name for name in events_of(logs) if name not in self.mended]
        self.mended.clear()
        if events and self.policy != "ignore":
            self._react(f"epoch {epoch + 1}: {', '.join(events)}")
        else:
            score = float(logs.get(self.score, math.inf))
            if score < self.best:
                self.best = score
                self._save(BEST, {self.score: score})
        self._save_last()
        if self.writes and self.policy == "rollback" and not events:
            temporary = self.run / f".{GOOD}.partial"
            shutil.copyfile(self.run / LAST, temporary)
            temporary.replace(self.run / GOOD)

    def _react(self, what: str) -> None:
        if self.policy == "stop":
            raise ColorizerError(
                f"{what}: training stopped; {self.run / BEST} holds the best epoch. Start a new "
                f"run with --on-collapse rollback, a lower --discriminator-learning-rate or "
                f"--adversarial-weight, or a higher --reconstruction-weight"
            )
        self._roll_back(self.run / GOOD, what)

    def _roll_back(self, path: Path, what: str) -> None:
        if self.rollbacks >= MOST_ROLLBACKS or not path.is_file():
            why = "no good checkpoint yet" if self.rollbacks < MOST_ROLLBACKS else "too many"
            raise ColorizerError(
                f"{what}: training stopped after {self.rollbacks} rollbacks ({why}): start a new "
                f"run with a lower --learning-rate and --discriminator-learning-rate"
            )
        self.model.load_weights(path)
        self.rollbacks += 1
        self.model.retreat(self.rollbacks)

    def _save_last(self) -> None:
        # A finite loss can still leave weights that are not, by its gradient.
        for weight in self.model.get_weights():
            if not np.isfinite(weight).all():
                raise ColorizerError(
                    f"weights are not finite after step {self.step}: training stopped, "
                    f"{self.run / LAST} holds the last good checkpoint. Lower --learning-rate"
                )
        self._save(LAST, {})
        self._saved_at = time.monotonic()

    def _save(self, name: str, more: dict[str, Any]) -> None:
        if self.writes:
            progress = {"step": self.step, "rollbacks": self.rollbacks, **more}
            save_model(self.model, self.run / name, progress)
