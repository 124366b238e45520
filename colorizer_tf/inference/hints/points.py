"""Hints in a photo: places, the lightness there, and the ab that it can have."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.hints.colors import at_lightness
from colorizer_tf.inference.hints.hint import Hint

# A hint with a radius is points on rings, one of them for each so many pixels of the network's
# scale; the time goes with the cube of their number.
RING_PIXELS, MAX_RINGS, MAX_POINTS = 2.0, 3, 2000


@dataclass(frozen=True)
class Point:
    """A hint's color in one place.

    Attributes:
        place: row and column in pixels of the photo.
        lightness: L* there.
        ab: `(2,)` a* and b* asked for; None for the model's own.
    """

    place: tuple[float, float]
    lightness: float
    ab: np.ndarray | None


def points_of(
    hints: Sequence[Hint], pixels: np.ndarray, area: float
) -> tuple[list[Point], list[str]]:
    """The points of hints, and what is to be said of colors that the photo's L* cannot have.

    Args:
        hints: in the photo.
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        area: of the photo at the network's scale, in pixels.

    Raises:
        UsageError: if a hint lies outside of the photo, or there are too many.
    """
    height, width = pixels.shape[:2]
    scale = math.sqrt(area / (height * width))
    points, notes = [], []
    for hint in hints:
        lab = hint.lab()
        for number, place in enumerate(_spots(hint, height, width, scale)):
            lightness = lightness_at(pixels, place)
            ab, other = (None, "") if lab is None else at_lightness(lab, lightness)
            points.append(Point(place, lightness, ab))
            if other and number == 0:
                notes.append(
                    f"hint {hint}: the photo's lightness there, {lightness:.0f}, has no such "
                    f"color, the nearest is {other}"
                )
        if len(points) > MAX_POINTS:
            raise UsageError(
                f"received {len(hints)} hints, too many: {MAX_POINTS} fit, fewer with a radius"
            )
    return points, notes


def _spots(hint: Hint, height: int, width: int, scale: float) -> Iterator[tuple[float, float]]:
    """The hint's place, then rings around it as far as its radius goes, inside of the photo."""
    row, column = hint.place(height, width)
    yield row, column
    radius = hint.reach(height, width)
    rings = min(round(radius * scale / RING_PIXELS), MAX_RINGS)
    for ring in range(1, rings + 1):
        for step in range(6 * ring):
            angle = 2 * math.pi * step / (6 * ring)
            y = row + radius * ring / rings * math.sin(angle)
            x = column + radius * ring / rings * math.cos(angle)
            if 0 <= y <= height - 1 and 0 <= x <= width - 1:
                yield y, x


def lightness_at(pixels: np.ndarray, place: tuple[float, float]) -> float:
    """L* of a photo `(h, w)` or `(h, w, 3)` in a place, row and column."""
    row, column = (int(at + 0.5) for at in place)
    rgb = np.broadcast_to(pixels[row, column], (3,))
    return float(color.rgb_to_lightness(np.ascontiguousarray(rgb))[0])
