"""What goes wrong with a GAN's colors, read from figures over held-out photos."""

import math
from collections.abc import Mapping

from colorizer_tf.models.options import GuardOptions

# Below this the true photos have no color, or no spread of hues, to compare with.
SMALLEST = 1e-3
EVENTS = ("collapse", "over_saturation", "discriminator_won", "not_finite")
# Those that need no discriminator.
COLOR_EVENTS = ("collapse", "over_saturation", "not_finite")


def find_events(row: Mapping[str, float], limits: GuardOptions) -> list[str]:
    """Which of `EVENTS` an epoch of adversarial training shows.

    Args:
        row: the epoch's logs: validation ("val_...") and the true photos ("true_...").
        limits: its `collapse_below`, `saturation_above` and `won_above` count.
    """
    accuracy = min(row["val_real_accuracy"], row["val_fake_accuracy"])
    found = {*find_color_events(row, limits)}
    if accuracy > limits.won_above:
        found.add("discriminator_won")
    return [name for name in EVENTS if name in found]


def find_color_events(row: Mapping[str, float], limits: GuardOptions) -> list[str]:
    """Which of `COLOR_EVENTS` an epoch shows; see `find_events`."""
    spread = _ratio(row, "hue_diversity")
    color = _ratio(row, "colorfulness")
    finite = all(math.isfinite(value) for name, value in row.items() if name.startswith("val_"))
    found = {
        "collapse": min(spread, color) < limits.collapse_below,
        "over_saturation": color > limits.saturation_above,
        "not_finite": not finite,
    }
    return [name for name in COLOR_EVENTS if found[name]]


def score_photos(row: Mapping[str, float]) -> float:
    """How far held-out photos are from the truth, in shares of a gray answer's error: to be low.

    CIEDE2000 over the gray answer's, with what is beyond 1 counted twice, and half of the relative
    errors of colorfulness and of hue diversity. CIEDE2000 alone would choose a dull picture, and
    the other two alone any colors that are as strong and as many as the truth's.
    """
    error = row["val_delta_e"] / max(row["gray_delta_e"], SMALLEST)
    color = abs(1.0 - _ratio(row, "colorfulness"))
    spread = abs(1.0 - _ratio(row, "hue_diversity"))
    return error + max(0.0, error - 1.0) + (color + spread) / 2.0


def _ratio(row: Mapping[str, float], measure: str) -> float:
    """A measure over the truth's; 1 where the true photos have none of it, as a single photo."""
    truth = row[f"true_{measure}"]
    return row[f"val_{measure}"] / truth if truth > SMALLEST else 1.0
