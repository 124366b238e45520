"""From a photo to the square that is recorded, and the measure of its color."""

import cv2
import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.color import rgb8_to_lab8
from colorizer_tf.records.options import RecordOptions

# Color is measured at this size, which averages out the color noise of gray JPEGs.
_MEASURED_SIDE = 64
_TONES = 32

GRAY = "gray or sepia"


def photo_to_lab(data: bytes, options: RecordOptions) -> np.ndarray:
    """The recorded square of an image file, `(size, size, 3)` uint8 in the 8-bit LAB coding.

    Raises:
        ImageError: if it cannot be decoded or a filter drops it; the message is the reason.
    """
    rgb = images.decode_image(data, max(options.size, options.min_side))
    if min(rgb.shape[:2]) < options.min_side:
        raise ImageError(f"smaller than {options.min_side} px")
    lab = rgb8_to_lab8(to_square(rgb, options.size, options.fit))
    if options.min_chroma > 0 and untoned_chroma(lab) < options.min_chroma:
        raise ImageError(GRAY)
    return lab


def to_square(rgb: np.ndarray, size: int, fit: str) -> np.ndarray:
    """A picture `(h, w, 3)` as a square `(size, size, 3)`.

    Args:
        rgb: uint8.
        size: its new side.
        fit: "crop" keeps the middle, "pad" keeps all and fills up by reflection, "squash" keeps
            all and changes the proportions.
    """
    height, width = rgb.shape[:2]
    if fit == "squash":
        return _resized(rgb, size, size)
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return _resized(rgb[top : top + side, left : left + side], size, size)
    scale = size / max(height, width)
    inner = _resized(rgb, max(1, round(width * scale)), max(1, round(height * scale)))
    top, left = (size - inner.shape[0]) // 2, (size - inner.shape[1]) // 2
    bottom, right = size - inner.shape[0] - top, size - inner.shape[1] - left
    return cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_REFLECT)


def _resized(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    # Area averaging antialiases but can only shrink; cubic enlarges. A picture may need both.
    smaller = (min(width, rgb.shape[1]), min(height, rgb.shape[0]))
    if smaller != rgb.shape[1::-1]:
        rgb = cv2.resize(rgb, smaller, interpolation=cv2.INTER_AREA)
    if (width, height) != smaller:
        rgb = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC)
    return rgb


def is_in_color(pixels: np.ndarray) -> bool:
    """Whether a picture has colors of its own: gray, sepia and other toned ones have none.

    Args:
        pixels: `(h, w)` or `(h, w, 3)` RGB, uint8 or uint16.
    """
    if pixels.ndim == 2:
        return False
    side = min(_MEASURED_SIDE, *pixels.shape[:2])
    small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    if small.dtype != np.uint8:
        small = (small >> 8).astype(np.uint8)
    return untoned_chroma(rgb8_to_lab8(small)) >= RecordOptions.min_chroma


def untoned_chroma(lab: np.ndarray) -> float:
    """Mean chroma after the tone is subtracted.

    A toned picture (sepia, cyanotype, faded, any duotone) has one color for each lightness. So
    the mean ab of each lightness is subtracted, and the mean length of the rest is the measure: 0
    for gray and toned pictures, 2 to 20 for most color photos.

    Args:
        lab: `(h, w, 3)` uint8 in the 8-bit LAB coding.
    """
    side = min(_MEASURED_SIDE, *lab.shape[:2])
    small = cv2.resize(lab, (side, side), interpolation=cv2.INTER_AREA)
    lightness, *ab = (channel.ravel() for channel in cv2.split(small))
    tone = lightness // np.uint8(256 // _TONES)
    count = np.maximum(np.bincount(tone, minlength=256), 1)
    rest = []
    for codes in ab:
        means = (np.bincount(tone, codes, 256) / count).astype(np.float32)
        rest.append(codes.astype(np.float32) - cv2.LUT(tone, means).ravel())
    return float(cv2.magnitude(*rest).mean())
