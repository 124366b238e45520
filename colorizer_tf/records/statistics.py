"""Color statistics of a record set, added up in integers so that no order changes them."""

import dataclasses
from typing import Any

import numpy as np

# Pixels of a picture that are counted, in both directions: millions in a whole set.
_GRID = 32
_BINS = 16
HISTOGRAM_BINS = _BINS**2


def sample(lab: np.ndarray) -> np.ndarray:
    """Pixels on a regular grid of a square picture, `(size, size, 3)` to `(n, 3)` uint8."""
    step = max(1, len(lab) // _GRID)
    return lab[step // 2 :: step, step // 2 :: step].reshape(-1, 3)


@dataclasses.dataclass
class ColorSums:
    """Sums over the codes of the 8-bit LAB coding."""

    pixels: int = 0
    sums: list[int] = dataclasses.field(default_factory=lambda: [0, 0, 0])
    squares: list[int] = dataclasses.field(default_factory=lambda: [0, 0, 0])
    chroma_hundredths: int = 0
    histogram: list[int] = dataclasses.field(default_factory=lambda: [0] * HISTOGRAM_BINS)

    @classmethod
    def of(cls, samples: list[np.ndarray]) -> "ColorSums":
        """The sums over samples that `sample` took."""
        if not samples:
            return cls()
        # Histograms first: sums over millions of pixels become sums over bins.
        codes = np.concatenate(samples)
        channels = np.stack([np.bincount(codes[:, i], minlength=256) for i in range(3)])
        both = np.bincount(codes[:, 1].astype(np.int32) * 256 + codes[:, 2], minlength=1 << 16)
        both = both.reshape(256, 256)
        code = np.arange(256)
        chroma = np.rint(100 * np.hypot(*np.meshgrid(code - 128, code - 128))).astype(np.int64)
        coarse = both.reshape(_BINS, 16, _BINS, 16).sum(axis=(1, 3))
        return cls(
            len(codes),
            (channels @ code).tolist(),
            (channels @ code**2).tolist(),
            int((both * chroma).sum()),
            coarse.flatten().tolist(),
        )

    def merge(self, other: "ColorSums") -> None:
        """Add the sums of others."""
        self.pixels += other.pixels
        self.chroma_hundredths += other.chroma_hundredths
        self.sums = _added(self.sums, other.sums)
        self.squares = _added(self.squares, other.squares)
        self.histogram = _added(self.histogram, other.histogram)

    def summary(self) -> dict[str, Any]:
        """Mean and standard deviation of L, a, b, mean chroma, and a 16 x 16 histogram of ab."""
        count = max(1, self.pixels)
        means = [total / count for total in self.sums]
        spreads = [
            max(0.0, square / count - mean**2) ** 0.5
            for square, mean in zip(self.squares, means, strict=True)
        ]
        scale, zero = (100 / 255, 1, 1), (0, 128, 128)
        return {
            "mean": [round((m - z) * s, 3) for m, z, s in zip(means, zero, scale, strict=True)],
            "std": [round(spread * s, 3) for spread, s in zip(spreads, scale, strict=True)],
            "chroma": round(self.chroma_hundredths / 100 / count, 3),
            "ab_histogram": [
                self.histogram[row * _BINS : (row + 1) * _BINS] for row in range(_BINS)
            ],
        }


def _added(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]
