"""Fréchet distance between Gaussians fitted to two sets of vectors (Dowson and Landau 1982).

Of Inception features it is the FID (Heusel et al. 2017).
"""

from dataclasses import dataclass

import numpy as np

# 10 x 10 cells of 20 units of ab; values beyond +-100 count in the outermost cells.
AB_CELLS, _AB_REACH = 10, 100.0


@dataclass
class Moments:
    """Count, sum and sum of outer products of vectors, which the distance is computed from."""

    count: float
    total: np.ndarray
    outer: np.ndarray

    @classmethod
    def none(cls, length: int) -> "Moments":
        """Moments of an empty set."""
        return cls(0.0, np.zeros(length), np.zeros((length, length)))

    @classmethod
    def of(cls, vectors: np.ndarray, counts: np.ndarray | None = None) -> "Moments":
        """Moments of `(n, length)` vectors, each counted `counts` times."""
        vectors = np.asarray(vectors, np.float64)
        if counts is None:
            return cls(float(len(vectors)), vectors.sum(axis=0), vectors.T @ vectors)
        weighted = vectors * np.asarray(counts, np.float64)[:, None]
        return cls(float(counts.sum()), weighted.sum(axis=0), weighted.T @ vectors)

    def add(self, vectors: np.ndarray) -> None:
        """Add `(n, length)` vectors."""
        more = Moments.of(vectors)
        self.count += more.count
        self.total += more.total
        self.outer += more.outer

    def mean_and_covariance(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and unbiased covariance."""
        mean = self.total / self.count
        return mean, (self.outer - self.count * np.outer(mean, mean)) / max(self.count - 1, 1)


def frechet_distance(one: Moments, two: Moments) -> float:
    """Squared Fréchet distance between the Gaussians of two sets; 0 where they are equal.

    It is biased: it falls as the sets grow. Compare values of the same photos only.
    """
    mean_1, covariance_1 = one.mean_and_covariance()
    mean_2, covariance_2 = two.mean_and_covariance()
    # Tr((C1 C2)^1/2) is the sum of the roots of the eigenvalues of the symmetric R C2 R, with R
    # the root of C1: no complex numbers arise, and singular covariances are no problem.
    root = _root(covariance_1)
    common = np.linalg.eigvalsh(root @ covariance_2 @ root)
    shared = np.sqrt(np.maximum(common, 0)).sum()
    traces = np.trace(covariance_1) + np.trace(covariance_2)
    distance = np.sum((mean_1 - mean_2) ** 2) + traces - 2 * shared
    return max(float(distance), 0.0)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def ab_cells(ab: np.ndarray) -> np.ndarray:
    """How many of the pixels `(..., 2)` lie in each cell of the ab plane: `(AB_CELLS ** 2,)`."""
    scaled = (ab.reshape(-1, 2) + np.float32(_AB_REACH)) * np.float32(AB_CELLS / (2 * _AB_REACH))
    places = np.clip(scaled, 0, AB_CELLS - 1).astype(np.intp)
    return np.bincount(places @ [AB_CELLS, 1], minlength=AB_CELLS**2)


def ab_features(cells: np.ndarray) -> np.ndarray:
    """Feature vector of a photo's colors: the root of the share of each cell of the ab plane.

    Distances between such vectors are Hellinger distances, in which rare colors count too.
    """
    return np.sqrt(cells)
