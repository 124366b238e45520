"""Hints spread over a photo: kriging of the differences between hints and prediction.

The difference at a pixel is a sum over hints of the kernel's likeness times weights, which are such
that the differences at the hints come out (simple kriging, the mean of a Gaussian process): alone,
a hint decays with distance; many share what they say.
"""

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from colorizer_tf.color.merge.guided import line_at, sharpened
from colorizer_tf.inference.hints.kernel import KernelSettings, Places, likeness, places_of
from colorizer_tf.inference.hints.points import Point
from colorizer_tf.inference.prediction import Prediction

# Of a place's own variance: keeps equal hints from dividing by zero.
JITTER = 1e-3
# The merge takes ab along L*, so what comes out at a hint's pixel is asked for again.
ROUNDS = 4


class HintField:
    """A prediction that takes hints; what does not depend on them is kept from call to call."""

    def __init__(self, prediction: Prediction, settings: KernelSettings | None) -> None:
        self.prediction, self._settings = prediction, settings

    @cached_property
    def _places(self) -> Places:
        return places_of(self.prediction, self._settings)

    @cached_property
    def sharp(self) -> Prediction:
        """The prediction with the detail that the merge gives it."""
        plain = self.prediction
        ab = sharpened(plain.lightness, plain.ab, plain.ab_stride)
        return dataclasses.replace(plain, ab=ab, ab_stride=1)

    def hinted(self, points: Sequence[Point], size: tuple[int, int]) -> Prediction:
        """The prediction with the hints' colors.

        Args:
            points: places and colors.
            size: height and width of the photo.
        """
        if not points:
            return self.prediction
        plain = self.sharp
        height, width = plain.lightness.shape
        at = np.array([_on_grid(point.place, size, (height, width)) for point in points])
        levels = np.array([point.lightness for point in points], np.float32)
        nearest = np.rint(at).astype(int)
        hints = self._places[nearest[:, 0] * width + nearest[:, 1]]
        among = likeness(hints, hints).astype(np.float64)
        among[np.diag_indices_from(among)] *= 1 + JITTER
        own = line_at(plain.lightness, plain.ab, at, levels)
        asked = np.array(
            [
                mine if point.ab is None else point.ab
                for point, mine in zip(points, own, strict=True)
            ]
        )
        solved, across = np.linalg.inv(among), likeness(self._places, hints)
        wanted, ab = asked - own, plain.ab
        for _ in range(ROUNDS):
            moved = across @ (solved @ wanted).astype(np.float32)
            ab = plain.ab + moved.reshape(plain.ab.shape)
            wanted = wanted + asked - line_at(plain.lightness, ab, at, levels)
        return dataclasses.replace(plain, ab=ab)


def _on_grid(
    place: tuple[float, float], size: tuple[int, int], sides: tuple[int, int]
) -> tuple[float, float]:
    """Where a photo's pixel lies among those of the network's scale, as the merge sees it."""
    row, column = (
        float(np.clip((at + 0.5) * small / large - 0.5, 0, small - 1))
        for at, large, small in zip(place, size, sides, strict=True)
    )
    return row, column
