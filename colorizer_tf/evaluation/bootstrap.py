"""Confidence intervals of means over photos, by the bootstrap.

Percentile intervals (Efron 1979). All entries share the resamples, so that differences between
entries are paired.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_BLOCK = 64
_TAILS = (2.5, 97.5)


@dataclass(frozen=True)
class Figure:
    """A value and its 95 % interval; all NaN where the value is not defined."""

    value: float
    low: float
    high: float

    @classmethod
    def undefined(cls) -> "Figure":
        """A figure without a value."""
        return cls(np.nan, np.nan, np.nan)


def resamples(photos: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """Blocks `(m, photos)` float64 of how often each photo is drawn, `count` rows in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, count, _BLOCK):
        drawn = generator.integers(photos, size=(min(_BLOCK, count - start), photos))
        yield np.stack([np.bincount(row, minlength=photos) for row in drawn]).astype(np.float64)


def means(columns: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Means over the photos in row 0, then over each resample.

    Args:
        columns: `(photos, k)`; NaN are left out of the mean of their column.
        count: number of resamples.
        seed: of the random generator.

    Returns:
        `(1 + count, k)`; NaN where a column has no value.
    """
    known = ~np.isnan(columns)
    values, known = np.where(known, columns, 0.0), known.astype(np.float64)
    rows = [np.ones((1, len(columns))), *resamples(len(columns), count, seed)]
    with np.errstate(invalid="ignore"):
        return np.concatenate([(row @ values) / (row @ known) for row in rows])


def figure(values: np.ndarray) -> Figure:
    """A statistic of the photos, `values[0]`, with the interval that its resamples span."""
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(drawn):
        return Figure(float(values[0]), np.nan, np.nan)
    low, high = np.percentile(drawn, _TAILS)
    return Figure(float(values[0]), float(low), float(high))


def centered_figure(values: np.ndarray) -> Figure:
    """As `figure`, for statistics that resampling biases upward, such as Fréchet distances.

    A resample holds some photos twice and so has less variety. The spread of the resamples about
    their mean is therefore centered on the value.
    """
    plain = figure(values)
    shift = plain.value - float(np.mean(values[1:])) if len(values) > 1 else 0.0
    return Figure(plain.value, max(plain.low + shift, 0.0), plain.high + shift)
