"""How alike two places of a photo are to a hint: a kernel over learned features, L* and position.

A sum over components of `s(p) s(q) / (1 + d(p, q)²)`, with d the distance of the features that the
network gives for hints, of L* and of position, and s an amplitude; as in Gaussian processes with a
learned kernel (Wilson et al. 2016). Of this, what edges between the places let through. Models
without such features have a kernel over what they predict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from colorizer_tf.inference.hints.regions import regions_of, together
from colorizer_tf.inference.prediction import Prediction

LIGHTNESS_UNIT, POSITION_UNIT, COLOR_UNIT = 20.0, 0.25, 12.0
AMPLITUDES = (-4.0, 2.0)


@dataclass(frozen=True)
class KernelSettings:
    """What `model.json` says of a kernel under "hints".

    Attributes:
        dimensions: features of each component.
        lightness: weight of L* in each component.
        position: weight of the position in each component.
    """

    dimensions: int
    lightness: tuple[float, ...]
    position: tuple[float, ...]

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "KernelSettings":
        """The settings of an entry.

        Raises:
            KeyError, TypeError, ValueError: if it has none.
        """
        lightness, position = (
            tuple(float(number) for number in entry[name]) for name in ("lightness", "position")
        )
        dimensions = int(entry["dimensions"])
        fits = len(lightness) == len(position) and 0 < dimensions < 1024
        if not (fits and lightness and np.isfinite([*lightness, *position]).all()):
            raise ValueError(f"{entry!r}")
        return cls(dimensions, lightness, position)

    @property
    def channels(self) -> int:
        """How many features the network gives for hints."""
        return len(self.lightness) * (self.dimensions + 1)


# Of models without features: from what is near to what goes over the whole photo, which one hint
# alone is to color; tried on photos.
UNTRAINED = KernelSettings(2, (2.0, 2.0, 2.0), (4.0, 1.5, 0.5))
UNTRAINED_AMPLITUDES = (-1.0, -1.0, 0.0)


@dataclass(frozen=True)
class Places:
    """n places of a photo as a kernel sees them.

    Attributes:
        coordinates: `(components, n, dimensions + 3)` float32.
        amplitudes: `(components, n)` float32.
        regions: `(heights, n)` of `regions_of`; None if edges do not count.
    """

    coordinates: np.ndarray
    amplitudes: np.ndarray
    regions: np.ndarray | None = None

    def __getitem__(self, chosen: Any) -> "Places":
        regions = None if self.regions is None else self.regions[:, chosen]
        return Places(self.coordinates[:, chosen], self.amplitudes[:, chosen], regions)


def places_of(prediction: Prediction, settings: KernelSettings | None) -> Places:
    """All pixels of a photo at the network's scale, row by row.

    Args:
        prediction: with the network's features for hints, unless the settings are None.
        settings: of the kernel; None for one over what the network predicts.
    """
    height, width = prediction.lightness.shape
    if settings is None or prediction.hint_features is None:
        settings = UNTRAINED
        features = np.tile(prediction.ab / np.float32(COLOR_UNIT), (1, 1, 3))
        logarithms = np.broadcast_to(np.array(UNTRAINED_AMPLITUDES, np.float32), (height, width, 3))
    else:
        cut = len(settings.lightness) * settings.dimensions
        large = enlarged(prediction.hint_features, prediction.ab_stride, height, width)
        features, logarithms = large[..., :cut], large[..., cut:]
    count, pixels = len(settings.lightness), height * width
    own = features.reshape(pixels, count, settings.dimensions).transpose(1, 0, 2)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    unit = np.float32(POSITION_UNIT * np.sqrt(pixels))
    level = prediction.lightness.reshape(1, pixels, 1) / np.float32(LIGHTNESS_UNIT)
    position = np.stack([rows.ravel(), columns.ravel()], -1)[None] / unit
    weights = np.array([settings.lightness, settings.position], np.float32)[..., None, None]
    coordinates = np.concatenate([own, level * weights[0], position * weights[1]], axis=-1)
    amplitudes = np.exp(np.clip(logarithms.reshape(pixels, count).T, *AMPLITUDES))
    regions = regions_of(prediction.lightness)
    return Places(np.ascontiguousarray(coordinates), np.ascontiguousarray(amplitudes), regions)


def likeness(one: Places, two: Places) -> np.ndarray:
    """The kernel `(n, m)` float32 of n and m places."""
    found = np.zeros((one.amplitudes.shape[1], two.amplitudes.shape[1]), np.float32)
    for x, y, s, t in zip(
        one.coordinates, two.coordinates, one.amplitudes, two.amplitudes, strict=True
    ):
        squares = x @ (-2 * y.T)
        squares += np.square(x).sum(1)[:, None] + 1
        squares += np.square(y).sum(1)
        # Rounding must not take a distance below zero.
        np.maximum(squares, 1, out=squares)
        np.divide(s[:, None], squares, out=squares)
        squares *= t
        found += squares
    if one.regions is not None and two.regions is not None:
        found *= together(one.regions, two.regions)
    return found


def enlarged(coarse: np.ndarray, stride: int, height: int, width: int) -> np.ndarray:
    """Coarse feature maps `(rows, columns, channels)` at the size of the photo they begin with.

    Bilinear between the centers of cells; `(height, width, channels)` float32.
    """
    rows, columns, channels = coarse.shape
    large = cv2.resize(
        np.ascontiguousarray(coarse, np.float32),
        (columns * stride, rows * stride),
        interpolation=cv2.INTER_LINEAR,
    )
    return large.reshape(rows * stride, columns * stride, channels)[:height, :width]
