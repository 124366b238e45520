"""The folder of a training run: names of its files, and what they hold."""

import csv
import dataclasses
import io
import json
import logging
from pathlib import Path
from typing import Any

from colorizer_tf.base.environment import describe_environment
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.options import from_dict
from colorizer_tf.models.base import ColorizationModel
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.checkpoint import load_checkpoint, load_weights, read_progress

History = list[dict[str, float]]

_log = logging.getLogger("colorizer_tf")


class RunFolder:
    """A run's folder.

    Attributes:
        path: the folder.
        config: settings, as JSON.
        environment: versions, machine and command, as JSON.
        history: a row an epoch, as JSON; `history_csv` as CSV.
        best: checkpoint of the epoch with the best validation.
        last: the latest checkpoint.
        good: under the policy "rollback" the latest epoch without an event of the guard.
        tensorboard: the log directory.
        sheet: held-out photos gray, predicted and true, and the scores of the epochs, as PNG.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config, self.environment, self.history, self.history_csv = (
            self.path / name
            for name in ("config.json", "environment.json", "history.json", "history.csv")
        )
        self.best, self.last, self.good = (
            self.path / f"{name}.keras" for name in ("best", "last", "good")
        )
        self.tensorboard, self.sheet = self.path / "tensorboard", self.path / "sheet.png"

    def __str__(self) -> str:
        return str(self.path)

    def check_free(self) -> None:
        """Refuse a folder that holds a run.

        Raises:
            UsageError: with what to do instead.
        """
        if self.config.exists():
            raise UsageError(
                f"{self} already holds a run: continue it with --resume, or choose another --out"
            )

    def check_resumable(self, config: TrainConfig) -> TrainConfig:
        """The settings of the run, which those of a config do not contradict where it has any.

        Raises:
            ColorizerError: if there is no run, or it has other settings.
        """
        stored = self.read_config()
        for field in dataclasses.fields(config):
            wanted, kept = getattr(config, field.name), getattr(stored, field.name)
            if wanted is not None and wanted != kept:
                raise UsageError(
                    f"{self}: --resume keeps the run's own settings, unchanged ({self.config} has "
                    f"{field.name} {kept}, not {wanted}); for others start a new run with "
                    f"--init-from {self}"
                )
        return stored

    def create(self, config: TrainConfig) -> None:
        """Write the settings and the environment of a new run."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomic(self.environment, json.dumps(describe_environment(), indent=1).encode())
        write_atomic(self.config, json.dumps(dataclasses.asdict(config), indent=1).encode())

    def read_config(self) -> TrainConfig:
        """The settings of the run.

        Raises:
            ColorizerError: if there is no run, or its config is damaged.
        """
        if not self.config.is_file():
            raise ColorizerError(
                f"{self} is not a training run: it has no {self.config.name}; make one with: "
                f"colorizer-tf train --out {self}"
            )
        values = _read_json(self.config, dict)
        config: TrainConfig = from_dict(TrainConfig, values, str(self.config))
        return config

    def read_history(self) -> History:
        """The rows of the run, one an epoch; none if it has not finished an epoch."""
        if not self.history.is_file():
            return []
        rows = _read_json(self.history, list)
        if not all(isinstance(row, dict) and _is_number(row.get("step")) for row in rows):
            raise ColorizerError(f"{self.history} cannot be read: it holds no rows of a run")
        return rows

    def write_history(self, rows: History) -> None:
        """Replace the history."""
        write_atomic(self.history, json.dumps(rows, indent=1).encode())
        write_atomic(self.history_csv, _as_csv(rows).encode())

    def best_row(self) -> dict[str, float]:
        """The row of the epoch that `best` holds; empty before the first validation."""
        if not self.best.is_file():
            return {}
        step = read_progress(self.best)["step"]
        return next((row for row in self.read_history() if row["step"] == step), {})

    def load_best(self) -> ColorizationModel:
        """The model of the best epoch.

        Raises:
            ColorizerError: if there is none, or its file is damaged.
        """
        if not self.best.is_file():
            raise ColorizerError(
                f"{self} holds no {self.best.name}: the run has not finished an epoch; continue "
                f"it with: colorizer-tf train --resume --out {self}"
            )
        return load_checkpoint(self.best)

    def restore(self, model: ColorizationModel) -> int:
        """Load the last checkpoint, optimizers included, and return the number of steps taken.

        If the last one is damaged the best one serves instead, and a warning says so.

        Raises:
            ColorizerError: if there are checkpoints, and all are damaged.
        """
        if not self.last.is_file():
            return 0
        try:
            return _restore(model, self.last)
        except ColorizerError as damage:
            if not self.best.is_file():
                raise ColorizerError(
                    f"{damage}; there is no {self.best.name} to continue from: start a new run"
                ) from None
            step = _restore(model, self.best)
            write_atomic(self.last, self.best.read_bytes())
            _log.warning("%s: continuing from %s, at step %d", damage, self.best.name, step)
            return step


def _restore(model: ColorizationModel, path: Path) -> int:
    step = int(read_progress(path)["step"])
    load_weights(model, path)
    return step


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_json(path: Path, kind: type) -> Any:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ColorizerError(f"{path} cannot be read: {error}") from None
    if type(value) is not kind:
        raise ColorizerError(f"{path} cannot be read: it holds no {kind.__name__}")
    return value


def _as_csv(rows: History) -> str:
    text = io.StringIO()
    # Later stages of a GAN have columns of their own.
    columns = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
