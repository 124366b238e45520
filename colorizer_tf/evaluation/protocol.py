"""The protocol: what a photo is before it is colored and scored. `docs/evaluation.md` tells it.

A change that changes any figure raises PROTOCOL_VERSION, which every report carries.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ImageError

PROTOCOL_VERSION = 1

# Proportions may differ by this much and are then still taken for the photo's own: programs
# round sides to whole pixels, some to even ones.
_SAME_PROPORTIONS = 0.02
# Pixels of a strip: bounds the floats in between, 16 times the size of the picture.
_STRIP_PIXELS = 2**17


@dataclass(frozen=True)
class Photo:
    """A photo as it is scored.

    Attributes:
        name: its path inside its source.
        truth: `(h, w, 3)` uint8 sRGB.
        uncropped: height and width before the crop, if there was one.
    """

    name: str
    truth: np.ndarray
    uncropped: tuple[int, int]

    @functools.cached_property
    def gray(self) -> np.ndarray:
        """What every entry is given: the photo's L* with a = b = 0, `(h, w, 3)` uint8."""
        return gray_input(self.truth)


def prepared(name: str, rgb: np.ndarray, side: int | None = None, *, crop: bool = False) -> Photo:
    """The photo as it is scored: its own size and all of it, unless asked otherwise.

    Args:
        name: what it is called.
        rgb: `(h, w, 3)` uint8.
        side: photos whose shorter side is longer than this are shrunk to it; none is enlarged.
        crop: then cut out the middle square.
    """
    height, width = rgb.shape[:2]
    if side and side < min(height, width):
        factor = side / min(height, width)
        height, width = round(height * factor), round(width * factor)
        rgb = resized(rgb, height, width)
    return Photo(name, _middle(rgb) if crop else rgb, (height, width))


def fitted(picture: np.ndarray, photo: Photo) -> np.ndarray:
    """An entry's picture at the size of the photo.

    One of the photo's size is itself. One of its proportions (to 2 %, or a pixel) is resized as a
    whole, and cropped where the photo was.

    Raises:
        ImageError: if its proportions are others: nothing tells which part of the photo it shows.
    """
    if picture.shape == photo.truth.shape:
        return picture
    (height, width), (own_height, own_width) = photo.uncropped, picture.shape[:2]
    skew = abs(own_height * width / (own_width * height) - 1)
    pixel = max(1 / own_height, 1 / own_width)
    if skew > max(_SAME_PROPORTIONS, pixel):
        raise ImageError(
            f"{own_width}x{own_height} pixels, expected the photo's {width}x{height} or the same "
            "proportions"
        )
    picture = resized(picture, height, width)
    cropped = photo.truth.shape[:2] != photo.uncropped
    return _middle(picture) if cropped else picture


def _middle(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])


def resized(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """The array at another size: area averages where it shrinks, linear where it grows."""
    if array.shape[:2] == (height, width):
        return array
    shrinks = height * width < array.shape[0] * array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(array, (width, height), interpolation=how)


def strips(height: int, width: int) -> Iterator[slice]:
    """Rows of a picture, a strip after another."""
    step = max(1, _STRIP_PIXELS // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def gray_input(rgb: np.ndarray) -> np.ndarray:
    """The gray picture of the same L*: `(h, w, 3)` uint8 of uint8 sRGB."""
    gray = np.empty_like(rgb)
    for rows in strips(*rgb.shape[:2]):
        linear = color.linear_from_srgb(rgb[rows].astype(np.float32) / np.float32(255))
        luminance = linear @ color.XYZ_FROM_RGB[1].astype(np.float32)
        gray[rows] = np.rint(255 * color.srgb_from_linear(luminance))[..., None]
    return gray


def without_padding(lab: np.ndarray) -> np.ndarray:
    """A record's picture without the mirrored margins that `build-records --fit pad` adds.

    Margins lie on two opposite sides, as even as whole pixels allow. What is cut is to the last
    bit a mirror image of what is kept, so nothing of a photo can be lost.

    Args:
        lab: `(size, size, 3)` uint8.
    """
    size = len(lab)
    for kept in range(max(1, size // 8), size):
        before = (size - kept) // 2
        margins = (before, size - kept - before)
        for inner, padding in (
            (lab[before : before + kept], (margins, (0, 0), (0, 0))),
            (lab[:, before : before + kept], ((0, 0), margins, (0, 0))),
        ):
            if np.array_equal(np.pad(inner, padding, "symmetric"), lab):
                return inner
    return lab
