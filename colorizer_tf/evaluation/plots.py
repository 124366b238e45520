"""Distributions as shapes: a histogram an entry, all on one scale, in percent of the plot."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from colorizer_tf.evaluation.tables import number

_BINS = 60
# The few photos beyond this share of all would press the rest together.
_REACH = 0.995
_TICKS = 6


@dataclass(frozen=True)
class Ridge:
    """One entry's histogram.

    Attributes:
        name, kind: of the entry.
        text: its mean and interval.
        path: SVG path data in a box of 100 x 100.
        mean, low, width: where the mean lies and its interval, in percent; low may be None.
    """

    name: str
    kind: str
    text: str
    path: str
    mean: float
    low: float | None
    width: float


@dataclass(frozen=True)
class Tick:
    """A number on the axis and where it lies, in percent."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """Histograms on a common axis."""

    title: str
    rows: list[Ridge]
    ticks: list[Tick]


def ridges(document: dict[str, Any], column: str, title: str) -> Plot | None:
    """A plot of a column of the rows, for each entry that has a figure of that name.

    None where there is nothing to plot.
    """
    entries = [entry for entry in document["entries"] if column in entry["figures"]]
    columns = {entry["name"]: _values(document, entry["name"], column) for entry in entries}
    every = np.concatenate([*columns.values(), [0.0]])
    reach = float(np.quantile(every, _REACH))
    if reach <= 0:
        return None
    step = _nice(reach / _TICKS)
    reach = math.ceil(reach / step) * step
    ticks = [
        Tick(round(100 * index * step / reach, 3), f"{index * step:g}")
        for index in range(round(reach / step) + 1)
    ]
    (decimals,) = (m["decimals"] for m in document["measures"] if m["name"] == column)
    rows = [_ridge(entry, columns[entry["name"]], column, reach, decimals) for entry in entries]
    return Plot(title, rows, ticks)


def _values(document: dict[str, Any], name: str, column: str) -> np.ndarray:
    found = (row["scores"][name].get(column) for row in document["rows"] if row["compared"])
    return np.array([value for value in found if value is not None])


def _nice(step: float) -> float:
    """The next larger of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)


def _ridge(
    entry: dict[str, Any], values: np.ndarray, column: str, reach: float, decimals: int
) -> Ridge:
    counts, _ = np.histogram(np.minimum(values, reach), bins=_BINS, range=(0, reach))
    heights = 95 * counts / max(1, counts.max())
    points = ["M0 100"]
    for index, height in enumerate(heights):
        left, right = 100 * index / _BINS, 100 * (index + 1) / _BINS
        points.append(f"L{left:.2f} {100 - height:.1f}L{right:.2f} {100 - height:.1f}")
    figure = entry["figures"][column]
    value, low, high = figure["value"], figure["low"], figure["high"]
    text = number(value, decimals)
    if low is not None:
        text += f" [{number(low, decimals)}, {number(high, decimals)}]"
    return Ridge(
        entry["name"],
        entry["kind"],
        text,
        "".join([*points, "L100 100Z"]),
        _percent(value or 0.0, reach),
        None if low is None else _percent(low, reach),
        0.0 if low is None else _percent(high, reach) - _percent(low, reach),
    )


def _percent(value: float, reach: float) -> float:
    return round(100 * min(max(value, 0.0), reach) / reach, 2)
