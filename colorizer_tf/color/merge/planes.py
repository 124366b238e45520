"""Color onto a frame of video: new chroma planes, and luma that keeps the frame's L*."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf.color.merge.photo import merge_photo, small_lightness

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]

# Pixels of a frame to one of the network's, a side, that are left by means of them taken first.
_MANY = 2
# Chroma samples that are worked on at a time: their arrays are small enough for memory that is
# used again and again. New memory of the system takes longer than the work on it.
_STRIP_SAMPLES = 2**15 - 2**10


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
    # Means of two by two codes, or of four by four, first: close to those of L*, and much faster.
    shrinks_by = min(high / height, wide / width)
    part = next((part for part in (4, 2) if shrinks_by >= _MANY * part), 1)
    if part > 1:
        luma = cv2.resize(luma, (wide // part, high // part), interpolation=cv2.INTER_AREA)
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
    high, wide = out[1].shape
    # By whole numbers, these are means.
    gray = _gray(cv2.resize(luma, (wide, high), interpolation=cv2.INTER_AREA), coding)
    rgb = merge_photo(
        gray, lightness, ab, ab_stride=ab_stride, out=np.empty((high, wide, 3), np.float32)
    )
    rows = max(1, _STRIP_SAMPLES // wide)
    lines = luma.shape[0] // high
    for top in range(0, high, rows):
        part, pixels = slice(top, top + rows), slice(top * lines, (top + rows) * lines)
        planes = out[0][pixels], out[1][part], out[2][part]
        _write_strip(luma[pixels], gray[part], rgb[part], coding, planes)


def _write_strip(
    luma: np.ndarray, gray: np.ndarray, rgb: np.ndarray, coding: Coding, out: Planes
) -> None:
    """Some rows of `merge_planes`, of which color is known: sRGB in [0, 1], one a chroma sample."""
    needed = cv2.transform(rgb, coding.from_rgb[:1])
    needed -= gray * np.float32(coding.luma_span / np.iinfo(gray.dtype).max)
    _shift_luma(luma, np.rint(needed, out=needed), coding.most, out[0])
    for plane, line in zip(out[1:], coding.from_rgb[1:], strict=True):
        codes = cv2.transform(rgb, line[None])
        # The strongest colors of the full range lie half a code beyond it.
        np.rint(np.minimum(codes, coding.most, out=codes), out=plane, casting="unsafe")


def _shift_luma(luma: np.ndarray, shift: np.ndarray, most: int, out: np.ndarray) -> None:
    """Write luma plus the whole `shift` of each chroma sample, kept between 0 and `most`."""
    kind, repeats = luma.dtype, luma.shape[1] // shift.shape[1]
    lines = luma.shape[0] // shift.shape[0]
    # What goes up and what goes down, as OpenCV cuts sums and differences off where codes end.
    up, down = (
        _side_by_side(np.maximum(each, 0).astype(kind), repeats) for each in (shift, -shift)
    )
    for line in range(lines):
        rows = cv2.subtract(cv2.add(luma[line::lines], up), down)
        # Whole bytes end where codes do, 16 bits for 10 do not.
        out[line::lines] = np.minimum(rows, most) if most < np.iinfo(kind).max else rows


def _side_by_side(codes: np.ndarray, repeats: int) -> np.ndarray:
    """Each code of `(h, w)` once or twice."""
    if repeats == 1:
        return codes
    double = np.dtype(f"u{2 * codes.itemsize}")
    # Much faster than `np.repeat`: both at once, as a number of twice the bits.
    return (codes.astype(double) * double.type((1 << 8 * codes.itemsize) + 1)).view(codes.dtype)


def _gray(luma: np.ndarray, coding: Coding) -> np.ndarray:
    """Gray codes of the same kind; those beyond black and white count as these."""
    return cv2.LUT(luma, _gray_of_code(coding, luma.dtype.name))


@functools.lru_cache(maxsize=8)
def _gray_of_code(coding: Coding, dtype: str) -> np.ndarray:
    most = np.iinfo(dtype).max
    levels = np.clip((np.arange(most + 1) - coding.black) / coding.luma_span, 0, 1)
    return np.rint(levels * most).astype(dtype)
