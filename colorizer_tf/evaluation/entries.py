"""Baselines, and what all entries have in common: a picture for each photo."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from colorizer_tf import color
from colorizer_tf.evaluation.protocol import Photo, resized, strips

GRAY, MEAN_AB, TRUTH = "gray", "mean-ab", "truth"
# Kinds that are not compared as candidates.
BASELINE_KINDS = ("baseline", "truth")

# Mean a* and b* of the 52,928 photos that the project's own models are trained on.
PROTOCOL_MEAN_AB = (1.701, 7.419)


class Entry(Protocol):
    """Something that gives a picture for each photo."""

    @property
    def name(self) -> str:
        """Unique among the entries."""

    @property
    def kind(self) -> str:
        """One of "baseline", "model", "folder", "command", "onnx"."""

    @property
    def description(self) -> str:
        """One line for reports."""

    def picture(self, index: int, photo: Photo) -> np.ndarray:
        """The `(h, w, 3)` uint8 sRGB picture, of any size, for photo number `index`.

        Raises:
            ImageError: if there is none; the message is the reason.
        """


@dataclass(frozen=True)
class Gray:
    """The lower bound: no color at all."""

    name: str = GRAY
    kind: str = "baseline"
    description: str = "the gray input itself"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input."""
        return photo.gray


@dataclass(frozen=True)
class MeanColor:
    """The same a* and b* for every pixel of every photo.

    Args:
        ab: mean over the training photos.
        known_from: its source, for the report.
    """

    ab: tuple[float, float]
    known_from: str
    name: str = MEAN_AB
    kind: str = "baseline"

    @property
    def description(self) -> str:
        """The color and its source."""
        return f"a* = {self.ab[0]:.2f}, b* = {self.ab[1]:.2f} everywhere: {self.known_from}"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input in that color."""
        ab = np.array(self.ab, np.float32)
        return merged(photo.gray, np.broadcast_to(ab, (*photo.gray.shape[:2], 2)))


@dataclass(frozen=True)
class Oracle:
    """The upper bound at a resolution: the photo's true ab, as coarse as a model of that size.

    Args:
        size: the ab is reduced to the area of a square with this side, aspect ratio kept.
    """

    size: int
    kind: str = "baseline"

    @property
    def name(self) -> str:
        """With the size."""
        return f"oracle-{self.size}"

    @property
    def description(self) -> str:
        """With the size."""
        return f"true a* and b* at a resolution of {self.size} x {self.size} pixels"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input with the coarse true colors."""
        height, width = photo.truth.shape[:2]
        factor = min(1.0, self.size / (height * width) ** 0.5)
        ab = np.empty((height, width, 2), np.float32)
        for rows in strips(height, width):
            ab[rows] = color.rgb_to_lab(photo.truth[rows])[..., 1:]
        coarse = resized(ab, max(1, round(height * factor)), max(1, round(width * factor)))
        return merged(photo.gray, resized(coarse, height, width))


def merged(gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """A gray picture's L* with other a* and b*: `(h, w, 3)` uint8 sRGB."""
    picture = np.empty_like(gray)
    for rows in strips(*gray.shape[:2]):
        lightness = color.rgb_to_lightness(gray[rows])
        picture[rows] = np.rint(255 * color.merge_lab(lightness, ab[rows]))
    return picture
