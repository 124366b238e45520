"""Checkpoints that a run goes on from exactly, and the guard that keeps them good."""

import json
import math
import os
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.errors import ColorizerError

LAST, BEST = "last.keras", "best.keras"
PROGRESS = "progress.json"


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

    A loss that is not finite ends the run and leaves both as they were. Ctrl-C and SIGTERM end it
    after the step under way, which `last.keras` then holds; a second Ctrl-C ends it at once.

    Args:
        run: the run's folder.
        step: steps taken before this fit.
        minutes: between two checkpoints within an epoch (0: every step).
        best: the best score so far, if any.
        score: the key of the validation log that is to be low.

    Raises:
        ColorizerError: out of `fit`, when the run ends early; it says how to go on.
    """

    def __init__(
        self,
        run: Path,
        step: int,
        minutes: float,
        best: float = math.inf,
        score: str = "val_delta_e",
    ) -> None:
        super().__init__()
        self.run, self.step, self.seconds = run, step, 60 * minutes
        self.best, self.score = best, score
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
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise ColorizerError(
                f"the loss is {loss} at step {self.step}: training stopped, {self.run / LAST} "
                f"holds the last good checkpoint. Lower --learning-rate, or set --clip-norm, and "
                f"start a new run with --init-from {self.run}"
            )
        if self._signal or time.monotonic() - self._saved_at >= self.seconds:
            self._save_last()
        if self._signal:
            raise ColorizerError(
                f"stopped by {signal.Signals(self._signal).name} after step {self.step}; "
                f"go on with: colorizer-tf train --resume --out {self.run}"
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        score = float((logs or {}).get(self.score, math.inf))
        if score < self.best:
            self.best = score
            save_model(self.model, self.run / BEST, {"step": self.step, self.score: score})
        self._save_last()

    def _save_last(self) -> None:
        # A finite loss can still leave weights that are not, by its gradient.
        for weight in self.model.get_weights():
            if not np.isfinite(weight).all():
                raise ColorizerError(
                    f"weights are not finite after step {self.step}: training stopped, "
                    f"{self.run / LAST} holds the last good checkpoint. Lower --learning-rate"
                )
        save_model(self.model, self.run / LAST, {"step": self.step})
        self._saved_at = time.monotonic()
