"""How photos are prepared for scoring; `docs/evaluation.md` has the whole protocol.

A change that changes any figure raises PROTOCOL_VERSION, which every report states.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ImageError

PROTOCOL_VERSION = 2

# Largest relative difference of aspect ratios that are taken as equal: programs round sides to
# whole pixels, some to even ones.
_SAME_ASPECT = 0.02
# Pixels of a strip: bounds the memory for floats, 16 times that of the picture.
_STRIP_PIXELS = 2**17


@dataclass(frozen=True)
class Photo:
    """A photo prepared for scoring.

    Attributes:
        name: its path inside its source.
        truth: `(h, w, 3)` uint8 sRGB.
        uncropped: height and width before the crop.
    """

    name: str
    truth: np.ndarray
    uncropped: tuple[int, int]

    @functools.cached_property
    def gray(self) -> np.ndarray:
        """The input of every entry: the photo's L* with a* = b* = 0, `(h, w, 3)` uint8."""
        return gray_input(self.truth)


def prepared(name: str, rgb: np.ndarray, side: int | None = None, *, crop: bool = False) -> Photo:
    """Prepare a photo for scoring, by default at its own size and uncropped.

    Args:
        name: of the photo.
        rgb: `(h, w, 3)` uint8.
        side: largest shorter side; larger photos are shrunk to it, none is enlarged.
        crop: take the middle square after that.
    """
    height, width = rgb.shape[:2]
    if side and side < min(height, width):
        factor = side / min(height, width)
        height, width = round(height * factor), round(width * factor)
        rgb = resized(rgb, height, width)
    return Photo(name, _middle(rgb) if crop else rgb, (height, width))


def fitted(picture: np.ndarray, photo: Photo) -> np.ndarray:
    """An entry's picture at the size of the photo.

    A picture with the photo's aspect ratio (to 2 %, or a pixel) is resized, and cropped as the
    photo was.

    Raises:
        ImageError: if it has another aspect ratio.
    """
    if picture.shape == photo.truth.shape:
        return picture
    (height, width), (own_height, own_width) = photo.uncropped, picture.shape[:2]
    skew = abs(own_height * width / (own_width * height) - 1)
    pixel = max(1 / own_height, 1 / own_width)
    if skew > max(_SAME_ASPECT, pixel):
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
    """The array resized: area averages to shrink it, linear interpolation to enlarge it."""
    if array.shape[:2] == (height, width):
        return array
    shrinks = height * width < array.shape[0] * array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(array, (width, height), interpolation=how)


def strips(height: int, width: int) -> Iterator[slice]:
    """Slices of rows that divide a picture into strips of bounded size."""
    step = max(1, _STRIP_PIXELS // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def gray_input(rgb: np.ndarray) -> np.ndarray:
    """The gray picture of the same L*, `(h, w, 3)` uint8, of a uint8 sRGB one."""
    gray = np.empty_like(rgb)
    for rows in strips(*rgb.shape[:2]):
        linear = color.linear_from_srgb(rgb[rows].astype(np.float32) / np.float32(255))
        luminance = linear @ color.XYZ_FROM_RGB[1].astype(np.float32)
        gray[rows] = np.rint(255 * color.srgb_from_linear(luminance))[..., None]
    return gray


def without_padding(lab: np.ndarray) -> np.ndarray:
    """A record's picture without the mirrored margins that `build-records --fit pad` adds.

    Margins are on two opposite sides, equal to a pixel. They are cut only if they are exactly the
    mirror image of the rest.

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
