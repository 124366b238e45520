"""The run's history: a row an epoch, as JSON and as CSV."""

import csv
import io
import json
import math
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic

HISTORY_JSON, HISTORY_CSV = "history.json", "history.csv"


def read_history(run: Path) -> list[dict[str, float]]:
    """The rows of a run, an epoch each; none if it has not finished an epoch."""
    path = run / HISTORY_JSON
    if not path.is_file():
        return []
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ColorizerError(f"{path} cannot be read: {error}") from None


def best_row(history: list[dict[str, float]]) -> dict[str, float]:
    """The epoch that `best.keras` holds; empty if none was validated."""
    score = "val_score" if any("val_score" in row for row in history) else "val_delta_e"
    scored = [row for row in history if math.isfinite(row.get(score, math.nan))]
    return min(scored, key=lambda row: row[score], default={})


def events_of(row: dict[str, Any]) -> list[str]:
    """Names of the events that the guard has set in an epoch's logs."""
    return [name.removeprefix("event_") for name in row if name.startswith("event_") and row[name]]


class RunLog(keras.callbacks.Callback):
    """Completes each epoch's logs and writes them to the run's folder.

    It comes first among the callbacks, so that the others see "learning_rate",
    "images_per_second" and the baseline too.

    Args:
        run: the run's folder.
        batch_size: photos a step.
        step: steps taken before this fit; rows past it are dropped, as they are taken again.
        baseline: what stays the same each epoch, as of `baseline.measure_baseline`.
    """

    def __init__(self, run: Path, batch_size: int, step: int, baseline: dict[str, float]) -> None:
        super().__init__()
        self.run, self.batch_size, self.step, self.baseline = run, batch_size, step, baseline
        self.rows = [row for row in read_history(run) if row["step"] <= step]

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._began, self._first, self._ended = time.monotonic(), self.step, 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.step += 1
        self._ended = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        seconds = max(self._ended - self._began, 1e-9)
        logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        logs.update(self.model.step_settings())
        logs["images_per_second"] = (self.step - self._first) * self.batch_size / seconds
        logs.update(self.baseline)
        row: dict[str, float] = {"epoch": epoch + 1, "step": self.step}
        row |= {name: float(value) for name, value in logs.items()}
        self.rows.append(row)
        write_atomic(self.run / HISTORY_JSON, json.dumps(self.rows, indent=1).encode())
        write_atomic(self.run / HISTORY_CSV, _as_csv(self.rows).encode())


def _as_csv(rows: list[dict[str, float]]) -> str:
    text = io.StringIO()
    # Later stages of a GAN have columns of their own.
    columns = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
