"""The guard: what went wrong with a GAN's colors, told from figures over held-out photos."""

import logging
import math
from typing import Any

import keras

from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.callbacks.checkpoints import Checkpoints

EVENTS = ("collapse", "over_saturation", "discriminator_won", "not_finite")
EVENT = "event_"

_log = logging.getLogger("colorizer_tf")


def find_events(row: dict[str, float], config: TrainConfig) -> list[str]:
    """Which of `EVENTS` an epoch of the adversarial stage shows.

    Args:
        row: the epoch's logs: validation ("val_..."), and of the true photos ("true_...").
        config: its `collapse_below`, `saturation_above` and `won_above` are the limits.
    """
    spread = row["val_hue_diversity"] / row["true_hue_diversity"]
    color = row["val_colorfulness"] / row["true_colorfulness"]
    accuracy = min(row["val_real_accuracy"], row["val_fake_accuracy"])
    finite = all(math.isfinite(value) for name, value in row.items() if name.startswith("val_"))
    found = {
        "collapse": min(spread, color) < config.collapse_below,
        "over_saturation": color > config.saturation_above,
        "discriminator_won": accuracy > config.won_above,
        "not_finite": not finite,
    }
    return [name for name in EVENTS if found[name]]


def score_photos(row: dict[str, float]) -> float:
    """How far held-out photos are from the truth, in shares of a gray answer's error: to be low.

    CIEDE2000 over the gray answer's, what of it is beyond 1 counted twice; and half of the relative
    errors of colorfulness and of hue diversity. CIEDE2000 alone would choose a dull picture, and
    the two alone any colors that are as strong and as many as the truth's.
    """
    error = row["val_delta_e"] / row["gray_delta_e"]
    color = abs(1.0 - row["val_colorfulness"] / row["true_colorfulness"])
    spread = abs(1.0 - row["val_hue_diversity"] / row["true_hue_diversity"])
    return error + max(0.0, error - 1.0) + (color + spread) / 2.0


class Guard(keras.callbacks.Callback):
    """Completes a GAN's logs by "val_score" and an "event_..." of 0 or 1 for each of `EVENTS`.

    It comes before the callbacks that write the logs; `Checkpoints` acts on the events. An event
    adds 1 to the score, so that no epoch with one is the best while there are others.

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
        judged = self.model.stage == "adversarial"
        events = {*(find_events(row, self.config) if judged else ()), *self.checkpoints.mended}
        if self.config.model == "gan":
            logs.update({EVENT + name: float(name in events) for name in EVENTS})
            logs["val_score"] = score_photos(row) + len(events)
        if events:
            _log.warning("epoch %d: %s", epoch + 1, _describe(events, row))


def _describe(events: set[str], row: dict[str, float]) -> str:
    names = (
        *("val_colorfulness", "true_colorfulness", "val_hue_diversity", "true_hue_diversity"),
        *("val_real_accuracy", "val_fake_accuracy"),
    )
    figures = ", ".join(f"{name} {row[name]:.3g}" for name in names if name in row)
    return f"{', '.join(sorted(events))} ({figures})"
