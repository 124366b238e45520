"""Color as planes of luma and chroma, for films and JPEGs: luma that keeps the picture's L*."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf.color.merge.blocks import F32, f_of_levels
from colorizer_tf.color.merge.painting import painted
from colorizer_tf.color.merge.photo import small_lightness

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]

# Of a plane at a time: few fit the cache, and each call of OpenCV has its own work.
_ENLARGED_PIXELS = 2**18


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

    @property
    def depth(self) -> int:
        """OpenCV's number of the kind of integers that codes are stored as."""
        return cv2.CV_8U if self.bits == 8 else cv2.CV_16U


JPEG = Coding(0.299, 0.114, full=True)


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
    return small_lightness(luma, height, width, _f_of_code(coding, luma.dtype))


def merge_planes(
    luma: np.ndarray,
    coding: Coding,
    lightness: np.ndarray,
    ab: np.ndarray,
    out: Planes,
    *,
    ab_stride: int = 1,
) -> None:
    """Write a picture in color: coarse ab, guided by the picture's own L*, which stays.

    Color is worked out for the mean L* of squares of pixels, which are small beside those of `ab`;
    each pixel's luma then shifts by what that color needs to keep L*. Without color the luma stays
    as it is. What the picture's own chroma says counts for nothing.

    Args:
        luma: `(h, w)` uint8 or uint16 codes.
        coding: of the picture, old and new, of at most 14 bits.
        lightness: `(hs, ws)`, from `luma_lightness`.
        ab: `(hs, ws, 2)`, finite.
        out: luma `(h, w)`, which may be that of before; blue and red chroma of the same sides or of
            half the sides, rounded up.
        ab_stride: see `guided_lines`.
    """
    new_luma, *chroma = out
    part = -(-luma.shape[0] // chroma[0].shape[0])
    square = max(part, _square(luma.shape, lightness.shape))
    below, right = (-side % square for side in luma.shape)
    whole = luma
    if below or right:
        whole = cv2.copyMakeBorder(luma, 0, below, 0, right, cv2.BORDER_REPLICATE)
    means = _means(whole, square)
    planes = _painted_planes(means, coding, lightness, np.asarray(ab, F32), ab_stride)
    for top, (more, less, *colors) in _enlarged(planes, square // part):
        for plane, codes in zip(chroma, colors, strict=True):
            rows = plane[top : top + len(codes)]
            rows[...] = codes[: len(rows), : plane.shape[1]]
        added, taken = _repeated(more, part), _repeated(less, part)
        for row in range(part):
            lines = slice(top * part + row, (top + len(more)) * part, part)
            _shift(luma[lines], added, taken, new_luma[lines])
    if coding.bits > 8:
        # Whole bytes are cut off where they end, 10 bits of 16 are not.
        for plane in out:
            np.minimum(plane, coding.most, out=plane)


def _square(sides: tuple[int, ...], coarse: tuple[int, ...]) -> int:
    """The side of the squares of pixels that get one color: 8, 4, 2 or 1, what divides both sides.

    A pixel of the coarse picture is at least two of them, so that they show its edges finer.
    """
    room = min(side // (2 * few) for side, few in zip(sides, coarse, strict=True))
    whole = (each for each in (8, 4, 2) if not any(side % each for side in sides))
    return next((each for each in whole if each <= room), 1)


def _means(codes: np.ndarray, square: int) -> np.ndarray:
    """Means of squares. Halving twice is faster than quartering."""
    while square > 1:
        high, wide = codes.shape
        codes = cv2.resize(codes, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
        square //= 2
    return codes


def _painted_planes(
    luma: np.ndarray, coding: Coding, lightness: np.ndarray, ab: np.ndarray, ab_stride: int
) -> list[np.ndarray]:
    """What color adds to luma, what it takes away, and blue and red chroma, as luma in size."""
    levels, table = _levels(luma, coding), _f_of_code(coding, luma.dtype)
    weights = coding.from_rgb.astype(F32)
    planes = [np.empty_like(luma) for _ in range(4)]
    for where, block in painted(luma, lightness, ab, ab_stride, table):
        rgb = block.srgb().reshape(3, -1)
        values = np.matmul(weights[:, :3], rgb, out=block.light.reshape(3, -1))
        shift, blue, red = values.reshape(block.ufv.shape)
        np.copyto(block.spare[0], levels[where])
        shift -= block.spare[0]
        middle = 1 << (coding.bits - 1)
        for plane, sign, part, more in zip(
            planes, (1, -1, 1, 1), (shift, shift, blue, red), (0, 0, middle, middle), strict=True
        ):
            plane[where] = cv2.addWeighted(part, sign, part, 0, more, dtype=coding.depth)
    return planes


def _levels(luma: np.ndarray, coding: Coding) -> np.ndarray:
    """Luma less black; what lies beyond black and white counts as these."""
    if coding.full:
        return luma
    return np.clip(luma, coding.black, coding.black + coding.luma_span) - coding.black


def _enlarged(planes: list[np.ndarray], times: int) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Some rows of the planes enlarged, few at a time to stay in the cache; and the first's number.

    Args:
        planes: of one size.
        times: 1, 2, 4 or 8.
    """
    high, wide = planes[0].shape
    step = max(1, _ENLARGED_PIXELS // (wide * times**2))
    for top in range(0, high, step):
        bottom = min(top + step, high)
        # What lies between rows comes of both.
        first, last = max(top - 1, 0), min(bottom + 1, high)
        sides = wide * times, (last - first) * times
        rows = slice((top - first) * times, (bottom - first) * times)
        yield top * times, [cv2.resize(plane[first:last], sides)[rows] for plane in planes]


def _repeated(codes: np.ndarray, times: int) -> np.ndarray:
    """Each code so many times in its row."""
    return cv2.merge([codes] * times).reshape(len(codes), -1)


def _shift(luma: np.ndarray, more: np.ndarray, less: np.ndarray, out: np.ndarray) -> None:
    """Write luma with something added and taken away, cut off where its integers end."""
    inside = slice(luma.shape[0]), slice(luma.shape[1])
    cv2.add(luma, more[inside], out)
    cv2.subtract(out, less[inside], out)


@functools.lru_cache(maxsize=8)
def _f_of_code(coding: Coding, dtype: np.dtype) -> np.ndarray:
    """F of each code; those beyond black and white count as these."""
    levels = (np.arange(np.iinfo(dtype).max + 1) - coding.black) / coding.luma_span
    return f_of_levels(np.clip(levels, 0, 1))
