"""Colorization by optimization (Levin, Lischinski and Weiss 2004), the baseline of hints.

Every pixel's color is the mean of its eight neighbors', weighted by how alike their L* is; pixels
with a hint have its color. A sparse linear system, solved at the network's scale.
"""

import importlib
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError

# Of the variance of L* around a pixel, and its least, as in the authors' program.
_SHARE, _LEAST = 0.6, 2e-5
_NEIGHBORS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def load_solver() -> tuple[Any, Any]:
    """SciPy's modules of sparse matrices and of their solvers.

    Raises:
        ColorizerError: if SciPy is not installed.
    """
    try:
        modules = [importlib.import_module(f"scipy.sparse{part}") for part in ("", ".linalg")]
    except ImportError as error:
        raise ColorizerError(
            f"evaluate --hints compares with a solver of SciPy, which is not installed ({error}): "
            "pip install scipy"
        ) from error
    return modules[0], modules[1]


def spread(lightness: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values of some pixels, spread over all.

    Args:
        lightness: `(h, w)` L* in [0, 100].
        at: `(n, 2)` rows and columns of pixels with values; of equal ones the last counts.
        values: `(n, k)`.

    Returns:
        `(h, w, k)` float32.
    """
    sparse, solvers = load_solver()
    height, width = lightness.shape
    count, places = lightness.size, at[:, 0] * width + at[:, 1]
    free = np.ones(count, bool)
    free[places] = False
    index = np.arange(count).reshape(lightness.shape)
    rows, columns, weights = [np.arange(count)], [np.arange(count)], [np.ones(count)]
    for (y, x), weight in zip(_NEIGHBORS, _likeness(lightness / 100), strict=True):
        chosen = (weight > 0) & free.reshape(lightness.shape)
        rows.append(index[chosen])
        columns.append(index[chosen] + y * width + x)
        weights.append(-weight[chosen])
    entries = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    known = np.zeros((count, values.shape[1]))
    known[places] = values
    matrix = sparse.csc_matrix(entries, (count, count))
    # Neighbors are mutual and the diagonal dominates: ordered so, its factors are half as large.
    factors = solvers.splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    solved = factors.solve(known)
    return solved.reshape(height, width, -1).astype(np.float32)


def _likeness(level: np.ndarray) -> list[np.ndarray]:
    """For each neighbor its weight at every pixel; all of a pixel have the sum 1."""
    height, width = level.shape
    padded = np.pad(level, 1, "edge")

    def moved(y: int, x: int) -> np.ndarray:
        return padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]

    around = np.stack([level, *(moved(*each) for each in _NEIGHBORS)])
    spread_of = np.maximum(_SHARE * around.var(axis=0), _LEAST)
    inside = np.pad(np.ones_like(level), 1)
    found = []
    for y, x in _NEIGHBORS:
        there = inside[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        found.append(there * np.exp(-((level - moved(y, x)) ** 2) / (2 * spread_of)))
    total = sum(found)
    # Where no neighbor is alike, all count.
    return [np.where(total > 0, weight / np.maximum(total, 1e-30), 0) for weight in found]
