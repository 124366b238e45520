"""The guard: names what went wrong in an epoch."""

import logging
from typing import Any

import keras

from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.callbacks.checkpoints import Checkpoints
from colorizer_tf.training.callbacks.log import EVENT

_log = logging.getLogger("colorizer_tf")


class Guard(keras.callbacks.Callback):
    """Completes the logs by the model's own scores and an "event_..." of 0 or 1 for its events.

    It comes before the callbacks that write the logs; `Checkpoints` acts on the events. An event
    adds 1 to the scores, so that no epoch with one is the best while there are others.

    Args:
        config: the run's settings.
        baseline: of `baseline.measure_baseline`.
        checkpoints: the run's.
    """

    def __init__(
        self, config: TrainConfig, baseline: dict[str, float], checkpoints: Checkpoints
    ) -> None:
        super().__init__()
        self.config, self.baseline, self.checkpoints = config, baseline, checkpoints

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        row = {name: float(value) for name, value in logs.items()} | self.baseline
        events = {*self.model.find_events(row, self.config), *self.checkpoints.recovered}
        logs.update({EVENT + name: float(name in events) for name in self.model.EVENTS})
        scores = self.model.score_epoch(row).items()
        logs.update({name: value + len(events) for name, value in scores})
        if events:
            _log.warning("epoch %d: %s", epoch + 1, _describe(events, row))


def _describe(events: set[str], row: dict[str, float]) -> str:
    names = (
        *("val_colorfulness", "true_colorfulness", "val_hue_diversity", "true_hue_diversity"),
        *("val_real_accuracy", "val_fake_accuracy"),
    )
    figures = ", ".join(f"{name} {row[name]:.3g}" for name in names if name in row)
    return f"{', '.join(sorted(events))} ({figures})"
