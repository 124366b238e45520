"""Blocks of rows of a photo, and the passes over its pixels that bring no color.

A photo is worked on in blocks that stay in the processor's cache, each by few calls of NumPy and
OpenCV, which hold no Python lock: photos in several threads overlap. Within a block each channel is
a plane of its own.

`f` here is the cube root that CIELAB is made of: L* = 116 f - 16, a* and b* shift it for X and Z.
"""

import functools
from collections.abc import Iterator

import cv2
import numpy as np

from colorizer_tf.color import conversion
from colorizer_tf.color.light_curve import STEPS, ZERO, LightCurve, light_of_steps

F32 = np.float32

# Gray codes `(h, w)` or sRGB codes `(h, w, 3)`, uint8 or uint16.
Codes = np.ndarray

# So that the memory of a block, about 50 bytes a pixel, fits the second-level cache.
BLOCK_PIXELS = 2**14
# In small photos few rows: their weights are one matrix, which grows with the square of its rows.
_MOST_ROWS = 1 / 8
_KNEE = F32(6 / 29)

# Gray stays gray exactly: see `conversion.NEUTRAL`.
_STEPS_OF_XYZ = (conversion.RGB_FROM_XYZ * conversion.NEUTRAL * STEPS).astype(F32)
_Y_STEPS = np.append(conversion.XYZ_FROM_RGB[1] * STEPS, ZERO)[None].astype(F32)


class Block:
    """Memory for some rows of a photo: to get it anew for each step takes longer than the step.

    Attributes:
        lines: `(4, rows, wide)` float32.
        ufv: `(3, rows, wide)` float32, f of X, Y and Z.
        light: `(3, rows, wide)` float32, linear RGB in steps, less `ZERO`; where `lines` was.
        whole: `(3, rows, wide)` uint16, these steps without their fraction.
        spare: `(3, rows, wide)` float32, for what is needed for a moment.
    """

    def __init__(self, rows: int, wide: int) -> None:
        self.lines = np.empty((4, rows, wide), F32)
        self.light = self.lines[:3]
        self.ufv, self.spare = np.empty((2, 3, rows, wide), F32)
        self.whole = np.empty((3, rows, wide), np.uint16)
        self._bytes = np.empty((3, rows, wide), np.uint8)

    def write_f(self, codes: Codes, table: np.ndarray | None = None) -> np.ndarray:
        """Write f of some rows to the middle of `ufv`.

        Args:
            codes: gray or sRGB codes.
            table: f of each code, if they are no codes of sRGB.
        """
        if codes.ndim == 2:
            known = _f_of_gray(codes.dtype) if table is None else table
            return cv2.LUT(codes, known, self.ufv[1])
        steps = self._luminance_steps(codes, self.ufv[1])
        return conversion.f_of_light()(steps, self.whole[0], self.spare[0])

    def gray_codes(self, codes: Codes) -> Codes:
        """Gray codes of the L* of sRGB codes."""
        steps = self._luminance_steps(codes, self.light[0])
        if codes.dtype == np.uint8:
            self.whole[0] = steps
            return cv2.LUT(self.whole[0], _byte_of_light())
        return _word_of_light()(steps, self.whole[0], self.spare[0]).astype(np.uint16)

    def mix(self) -> None:
        """Write `light` and `whole` of `ufv`."""
        ufv, xyz, light = (_flat(each) for each in (self.ufv, self.spare, self.light))
        if ufv.min() < _KNEE:
            # The line is the tangent of the cube at the knee.
            below = light
            np.maximum(ufv, _KNEE, out=xyz)
            np.subtract(ufv, xyz, out=below)
            cv2.pow(xyz, 3, xyz)
            cv2.scaleAdd(below, float(3 * _KNEE**2), xyz, xyz)
        else:
            cv2.pow(ufv, 3, xyz)
        np.matmul(_STEPS_OF_XYZ, xyz, out=light)
        # Half a step less, as it rounds. What lies beyond 16 bits is cut off there.
        cv2.addWeighted(light, 1, light, 0, ZERO - 0.5, _flat(self.whole), dtype=cv2.CV_16U)

    def rgb(self, dtype: np.dtype) -> list[Codes]:
        """Planes of sRGB codes, after `mix`; `light` is overwritten."""
        if dtype == np.uint8:
            cv2.LUT(_flat(self.whole), _byte_of_light(), _flat(self._bytes))
            return list(self._bytes)
        # What is not finite lies outside sRGB, and is fitted before it counts.
        with np.errstate(over="ignore", invalid="ignore"):
            self.light += ZERO
            _word_of_light()(_flat(self.light), _flat(self.whole), _flat(self.spare))
            return list(self.light.astype(np.uint16))

    def srgb(self) -> np.ndarray:
        """SRGB in [0, 1], `(3, rows, wide)` float32 in `spare`, after `mix`."""
        cv2.LUT(_flat(self.whole), _srgb_of_light(), _flat(self.spare))
        return self.spare

    def _luminance_steps(self, codes: Codes, out: np.ndarray) -> np.ndarray:
        light = cv2.LUT(codes, _light_of(codes.dtype), self.spare.reshape(codes.shape))
        return cv2.transform(light, _Y_STEPS, out)


def blocks(high: int, wide: int) -> Iterator[tuple[int, int, Block]]:
    """The first row of each block of a photo, the row after it, and memory for them."""
    rows = max(1, min(BLOCK_PIXELS // wide, int(high * _MOST_ROWS)))
    block = Block(rows, wide)
    for top in range(0, high, rows):
        if top + rows > high:
            block = Block(high - top, wide)
        yield top, min(top + rows, high), block


def lightness_means(
    codes: Codes, height: int, width: int, table: np.ndarray | None = None
) -> np.ndarray:
    """Mean L* of each cell of a grid laid over the photo, cut pixels by their share.

    Args:
        codes: see `Block.write_f`.
        height: rows of the grid, at most the photo's.
        width: columns of the grid, at most the photo's.
        table: see `Block.write_f`.

    Returns:
        `(height, width)` float32.
    """
    high, wide = codes.shape[:2]
    edges = np.arange(height + 1) * (high / height)
    sums = np.zeros((height, wide), F32)
    for top, bottom, block in blocks(high, wide):
        rows = np.arange(top, bottom)
        first, last = int(top * height // high), int(((bottom * height) - 1) // high) + 1
        upper = np.maximum(rows, edges[first:last, None])
        lower = np.minimum(rows + 1, edges[first + 1 : last + 1, None])
        shares = np.maximum(lower - upper, 0).astype(F32)
        sums[first:last] += shares @ block.write_f(codes[top:bottom], table)
    f = cv2.resize(sums, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width)
    return f * F32(116 * height / high) - F32(16)


def gray_codes(pixels: Codes) -> Codes:
    """Gray codes `(h, w)` of the L* of sRGB codes `(h, w, 3)`."""
    out = np.empty(pixels.shape[:2], pixels.dtype)
    for top, bottom, block in blocks(*out.shape):
        out[top:bottom] = block.gray_codes(pixels[top:bottom])
    return out


def _flat(planes: np.ndarray) -> np.ndarray:
    """Each plane as a row: OpenCV takes a last axis for channels."""
    return planes.reshape(3, -1)


@functools.cache
def _light_of(dtype: np.dtype) -> np.ndarray:
    """Linear light of each sRGB code."""
    most = np.iinfo(dtype).max
    return conversion.linear_from_srgb(np.arange(most + 1) / most).astype(F32)


@functools.cache
def _f_of_gray(dtype: np.dtype) -> np.ndarray:
    """F of each gray code."""
    most = np.iinfo(dtype).max
    return f_of_levels(np.arange(most + 1) / most)


def f_of_levels(levels: np.ndarray) -> np.ndarray:
    """F of gray levels of sRGB, `(n,)` in [0, 1]: float32."""
    gray = np.repeat(levels[:, None], 3, axis=1)
    return ((conversion.rgb_to_lightness(gray)[:, 0] + 16) / 116).astype(F32)


@functools.cache
def _word_of_light() -> LightCurve:
    # A half more, as the fraction is cut off.
    return LightCurve(conversion.srgb_from_linear(light_of_steps()) * 65535 + 0.5)


@functools.cache
def _srgb_of_light() -> np.ndarray:
    # The fraction of a step is cut off: taken for a half.
    return conversion.srgb_from_linear(light_of_steps(0.5)).astype(F32)


@functools.cache
def _byte_of_light() -> np.ndarray:
    return np.rint(_srgb_of_light() * 255).astype(np.uint8)
