"""Color onto a frame of video: new chroma planes, and luma that keeps the frame's L*."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf.color.merge.photo import merge_photo, small_lightness

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]

# Codes of the gray and the colored picture between: finer than those of any film.
_MOST = 65535
# Pixels of a frame to one of the network's, a side, from which on their means are taken first.
_MANY = 4


@dataclass(frozen=True)
class Coding:
    """How planes code color.

    Attributes:
        red: the weight of red in luma (ITU-R BT.601: 0.299, BT.709: 0.2126).
        blue: the weight of blue.
        bits: of a code.
        full: whether codes use the whole range, as JPEG does, or leave room at both ends.
    """

    red: float
    blue: float
    bits: int = 8
    full: bool = False

    @property
    def black(self) -> int:
        """The code of black."""
        return 0 if self.full else 16 << (self.bits - 8)

    @property
    def luma_span(self) -> int:
        """Codes from black to white."""
        return self.most if self.full else 219 << (self.bits - 8)

    @property
    def chroma_span(self) -> int:
        """Codes from the least chroma to the most."""
        return self.most if self.full else 224 << (self.bits - 8)

    @property
    def from_rgb(self) -> np.ndarray:
        """`(3, 4)`: luma, blue and red chroma of sRGB in [0, 1] and 1, in codes; luma less black.

        After ITU-R BT.601.
        """
        luma = np.array([self.red, 1 - self.red - self.blue, self.blue])
        blue = (np.array([0, 0, 1]) - luma) * self.chroma_span / (2 - 2 * self.blue)
        red = (np.array([1, 0, 0]) - luma) * self.chroma_span / (2 - 2 * self.red)
        middle = 1 << (self.bits - 1)
        return np.column_stack([np.stack([luma * self.luma_span, blue, red]), [0, middle, middle]])

    @property
    def most(self) -> int:
        """The highest code."""
        return (1 << self.bits) - 1


def luma_lightness(luma: np.ndarray, coding: Coding, height: int, width: int) -> np.ndarray:
    """L* of a frame at another size, as `small_lightness` gives it of its gray picture.

    Args:
        luma: `(h, w)` uint8 or uint16 codes.
        coding: what they mean.
        height: rows wanted.
        width: columns wanted.

    Returns:
        `(height, width)` float32, L* in [0, 100].
    """
    high, wide = luma.shape
    if high >= _MANY * height and wide >= _MANY * width:
        # Means of two by two codes first: close to those of L*, in a quarter of the time.
        luma = cv2.resize(luma, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
    return small_lightness(_gray(luma, coding), height, width)


def merge_planes(
    luma: np.ndarray,
    coding: Coding,
    lightness: np.ndarray,
    ab: np.ndarray,
    out: Planes,
    *,
    ab_stride: int = 1,
) -> None:
    """Write a frame in color: coarse ab, guided by the frame's own L*, which stays.

    Color is worked out once a chroma sample, at the mean L* of its pixels; each pixel's luma then
    shifts by what that color needs to keep L*. Without color the luma stays as it is. What the
    frame's own chroma says counts for nothing.

    Args:
        luma: `(h, w)` uint8 or uint16 codes.
        coding: of the frame, old and new.
        lightness: `(hs, ws)`, from `luma_lightness`.
        ab: `(hs, ws, 2)`, finite.
        out: luma `(h, w)`, blue and red chroma `(h / n, w / m)` to write to, n and m 1 or 2.
        ab_stride: see `guided_lines`.
    """
    new_luma, *chroma = out
    high, wide = chroma[0].shape
    # By whole numbers, these are means.
    gray = _gray(cv2.resize(luma, (wide, high), interpolation=cv2.INTER_AREA), coding)
    rgb = merge_photo(gray, lightness, ab, ab_stride=ab_stride)
    codes = cv2.transform(rgb.astype(np.float32), coding.from_rgb / [_MOST, _MOST, _MOST, 1])
    for plane, values in zip(chroma, cv2.split(codes)[1:], strict=True):
        np.rint(values, out=plane, casting="unsafe")
    shift = np.rint(codes[..., 0] - gray * np.float32(coding.luma_span / _MOST)).astype(np.int16)
    shift = cv2.resize(shift, luma.shape[::-1], interpolation=cv2.INTER_NEAREST)
    depth = cv2.CV_8U if luma.dtype == np.uint8 else cv2.CV_16U
    # Whole bytes are cut off where they end, 10 bits of 16 are not.
    new_luma[...] = cv2.add(luma, shift, dtype=depth)
    if coding.most < np.iinfo(luma.dtype).max:
        np.minimum(new_luma, coding.most, out=new_luma)


def _gray(luma: np.ndarray, coding: Coding) -> np.ndarray:
    """Gray codes of 16 bits; those beyond black and white count as these."""
    return cv2.LUT(luma, _gray_of_code(coding, luma.dtype.name))


@functools.lru_cache(maxsize=8)
def _gray_of_code(coding: Coding, dtype: str) -> np.ndarray:
    codes = np.arange(np.iinfo(dtype).max + 1)
    levels = np.clip((codes - coding.black) / coding.luma_span, 0, 1)
    return np.rint(levels * _MOST).astype(np.uint16)
