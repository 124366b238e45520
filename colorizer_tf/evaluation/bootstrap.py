"""How far figures would move with other photos of the same kind: the bootstrap over photos.

Source: Efron 1979; percentile intervals. Every entry sees the same resamples, so that differences
between entries are of pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_AT_ONCE = 64
_TAILS = (2.5, 97.5)


@dataclass(frozen=True)
class Figure:
    """A value and its 95 % interval; all NaN where the value is not defined."""

    value: float
    low: float
    high: float

    @classmethod
    def undefined(cls) -> "Figure":
        """Of what cannot be had."""
        return cls(np.nan, np.nan, np.nan)


def resamples(photos: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """How often each photo is drawn, `(m, photos)` float64 at a time, `count` rows in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, count, _AT_ONCE):
        drawn = generator.integers(photos, size=(min(_AT_ONCE, count - start), photos))
        yield np.stack([np.bincount(row, minlength=photos) for row in drawn]).astype(np.float64)


def means(columns: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Means over photos: row 0 of the photos themselves, then of each resample.

    Args:
        columns: `(photos, k)`; a photo with NaN does not count in that column.
        count: number of resamples.
        seed: of their draws.

    Returns:
        `(1 + count, k)`; NaN where no photo counts.
    """
    known = ~np.isnan(columns)
    values, known = np.where(known, columns, 0.0), known.astype(np.float64)
    rows = [np.ones((1, len(columns))), *resamples(len(columns), count, seed)]
    with np.errstate(invalid="ignore"):
        return np.concatenate([(row @ values) / (row @ known) for row in rows])


def figure(values: np.ndarray) -> Figure:
    """The figure of a statistic's values: of the photos themselves first, then of resamples."""
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(drawn):
        return Figure(float(values[0]), np.nan, np.nan)
    low, high = np.percentile(drawn, _TAILS)
    return Figure(float(values[0]), float(low), float(high))


def centered_figure(values: np.ndarray) -> Figure:
    """As `figure`, for statistics that resampling itself raises, such as Fréchet distances.

    A resample holds photos twice, which looks like less variety. So the spread of the resamples
    about their own mean is laid round the value.
    """
    plain = figure(values)
    shift = plain.value - float(np.mean(values[1:])) if len(values) > 1 else 0.0
    return Figure(plain.value, max(plain.low + shift, 0.0), plain.high + shift)
