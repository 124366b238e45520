"""Checkpoints that a run is resumed from exactly, and what follows an event of the guard."""

import math
import shutil
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.callbacks.log import events_of
from colorizer_tf.training.checkpoint import load_weights, read_progress, save_checkpoint
from colorizer_tf.training.run_folder import RunFolder
from colorizer_tf.training.stop_request import StopRequest

MOST_ROLLBACKS = 5


class Checkpoints(keras.callbacks.Callback):
    """Writes the last checkpoint (every so many minutes, and each epoch) and the best one.

    A stop request ends the run after the step under way, which the last checkpoint then holds. An
    epoch whose logs hold an event, or a loss that is not finite, ends it too; under the policy
    "rollback" it continues from the last good weights instead: at the step that it has come to,
    with half the adversarial weight.

    Args:
        folder: the run's folder.
        config: its `checkpoint_minutes` and `on_collapse` count.
        step: steps taken before this fit.
        stop: asked after each step.
        writes: whether to write: of several machines one does.

    Attributes:
        recovered: events within this epoch that have been rolled back.

    Raises:
        ColorizerError: out of `fit`, when the run ends early; it says how to continue.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: TrainConfig,
        step: int,
        stop: StopRequest,
        writes: bool = True,
    ) -> None:
        super().__init__()
        self.folder, self.step, self.stop, self.writes = folder, step, stop, writes
        self.seconds, self.policy = 60 * config.checkpoint_minutes, config.on_collapse
        self.rollbacks, self.recovered = 0, set[str]()
        self._saved_at = time.monotonic()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        score, best, last = self.model.best_by, self.folder.best, self.folder.last
        known = read_progress(best) if best.is_file() else {}
        self.best = float(known.get(score, math.inf))
        if last.is_file():
            self.rollbacks = int(read_progress(last).get("rollbacks", 0))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.step += 1
        losses = {name: float(v) for name, v in (logs or {}).items() if name.endswith("loss")}
        wrong = [name for name, value in losses.items() if not math.isfinite(value)]
        if wrong:
            self._recover(f"the {wrong[0]} is {losses[wrong[0]]} at step {self.step}")
        elif self.stop.name or time.monotonic() - self._saved_at >= self.seconds:
            self._save_last()
        if self.stop.name:
            raise ColorizerError(
                f"stopped by {self.stop.name} after step {self.step}; "
                f"continue with: colorizer-tf train --resume --out {self.folder}"
            )

    def _recover(self, problem: str) -> None:
        if self.policy != "rollback":
            raise ColorizerError(
                f"{problem}: training stopped, {self.folder.last} holds the last good checkpoint. "
                f"Lower --learning-rate, or set --clip-norm, and start a new run with "
                f"--init-from {self.folder}"
            )
        self._roll_back(self.folder.last, problem)
        # The means since the epoch's beginning are not finite either.
        self.model.reset_metrics()
        self.recovered.add("not_finite")
        self._save_last()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        events = [name for name in events_of(logs) if name not in self.recovered]
        self.recovered.clear()
        if events and self.policy != "ignore":
            self._react(f"epoch {epoch + 1}: {', '.join(events)}")
        else:
            score = float(logs.get(self.model.best_by, math.inf))
            if score < self.best:
                self.best = score
                self._save(self.folder.best, {self.model.best_by: score})
        self._save_last()
        if self.writes and self.policy == "rollback" and not events:
            temporary = self.folder.path / f".{self.folder.good.name}.partial"
            shutil.copyfile(self.folder.last, temporary)
            temporary.replace(self.folder.good)

    def _react(self, problem: str) -> None:
        if self.policy == "stop":
            raise ColorizerError(
                f"{problem}: training stopped; {self.folder.best} holds the best epoch. Start a "
                f"new run with --on-collapse rollback, a lower --discriminator-learning-rate or "
                f"--adversarial-weight, or a higher --reconstruction-weight"
            )
        self._roll_back(self.folder.good, problem)

    def _roll_back(self, path: Path, problem: str) -> None:
        if self.rollbacks >= MOST_ROLLBACKS or not path.is_file():
            why = "no good checkpoint yet" if self.rollbacks < MOST_ROLLBACKS else "too many"
            raise ColorizerError(
                f"{problem}: training stopped after {self.rollbacks} rollbacks ({why}): start a "
                f"new run with a lower --learning-rate and --discriminator-learning-rate"
            )
        load_weights(self.model, path)
        self.rollbacks += 1
        self.model.soften(self.rollbacks)

    def _save_last(self) -> None:
        # A finite loss can still leave weights that are not, by its gradient.
        for weight in self.model.get_weights():
            if not np.isfinite(weight).all():
                raise ColorizerError(
                    f"weights are not finite after step {self.step}: training stopped, "
                    f"{self.folder.last} holds the last good checkpoint. Lower --learning-rate"
                )
        self._save(self.folder.last, {})
        self._saved_at = time.monotonic()

    def _save(self, path: Path, more: dict[str, Any]) -> None:
        if self.writes:
            progress = {"step": self.step, "rollbacks": self.rollbacks, **more}
            save_checkpoint(self.model, path, progress)
