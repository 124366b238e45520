"""The passes over a photo's own pixels: L* down to the network's scale, ab up and onto L*.

A photo is worked on in blocks of rows that stay in the processor's cache, each by few calls of
NumPy and OpenCV, which hold no Python lock: photos in several threads overlap.

`f` here is the cube root that CIELAB is made of: L* = 116 f - 16, a* and b* shift it for X and Z.
"""

import functools
import threading
from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np

from colorizer_tf.color import conversion
from colorizer_tf.color.light_curve import STEPS, ZERO, LightCurve, light_of_steps

F32 = np.float32

# Gray codes `(h, w)` or sRGB codes `(h, w, 3)`, uint8 or uint16.
Codes = np.ndarray

_BLOCK_PIXELS = 2**15
# In small photos few rows: their weights are one matrix, which grows with the square of its rows.
_MOST_ROWS = 1 / 16
# Rounding must not count as leaving the gamut.
_LEAST, _MOST = (ZERO - 2e-5 * STEPS,) * 3, (ZERO + (1 + 2e-5) * STEPS,) * 3
_KNEE = 6 / 29
_BISECTIONS = 8

# Gray stays gray exactly: see `conversion.NEUTRAL`. The last column puts 0 at step `ZERO`.
_RGB_STEPS = np.hstack(
    [conversion.RGB_FROM_XYZ * conversion.NEUTRAL * STEPS, np.full((3, 1), ZERO)]
).astype(F32)
_Y_STEPS = np.append(conversion.XYZ_FROM_RGB[1] * STEPS, ZERO)[None].astype(F32)


class _Block:
    """Memory for some rows of a photo: to get it anew for each step takes longer than the step."""

    def __init__(self, rows: int, wide: int, dtype: np.dtype) -> None:
        self.f = np.empty((rows, wide), F32)
        self.lines = np.empty((4, rows, wide), F32)
        self.ufv, self.xyz = np.empty((2, 3, rows, wide), F32)
        self.pixels, self.steps = np.empty((2, rows, wide, 3), F32)
        self.whole = np.empty((rows, wide), np.uint16)
        self.wholes = np.empty((rows, wide, 3), np.uint16)
        self.codes = np.empty((rows, wide, 3), dtype)
        self.inside = np.empty((rows, wide), np.uint8)


class _Outside:
    """Pixels whose color lies outside sRGB, of many blocks: few calls for all of them."""

    def __init__(self, out: np.ndarray) -> None:
        self._out = out.reshape(-1, 3)
        self._places: list[np.ndarray] = []
        self._ufv: list[np.ndarray] = []
        self.count = 0

    def add(self, block: _Block, first: int) -> None:
        """Remember those of a block whose first pixel is that one of the photo."""
        inside = cv2.inRange(block.steps, _LEAST, _MOST, block.inside)
        if cv2.countNonZero(inside) == inside.size:
            return
        places = np.flatnonzero(inside == 0)
        self._ufv.append(block.ufv.reshape(3, -1).take(places, axis=1))
        self._places.append(places + first)
        self.count += places.size

    def fit(self) -> None:
        """Write the color of the most chroma that fits, by bisection at constant L* and hue."""
        if not self.count:
            return
        u, f, v = np.concatenate(self._ufv, axis=1)
        places = np.concatenate(self._places)
        self._places, self._ufv, self.count = [], [], 0
        block = _Block(1, f.size, self._out.dtype)
        a, b = u - f, v - f
        block.ufv[1] = f
        low, share, step = np.zeros_like(f), np.empty_like(f), F32(1)
        for _ in range(_BISECTIONS):
            step *= F32(0.5)
            np.add(low, step, out=share)
            inside = cv2.inRange(_shrunk(block, a, b, share), _LEAST, _MOST)
            low += inside[0] * F32(step / 255)
        codes = _codes(_shrunk(block, a, b, low), block)[0]
        self._out[places] = codes


def _shrunk(block: _Block, a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Linear RGB in steps of a share of the chroma."""
    f = block.ufv[1]
    for out, chroma in ((block.ufv[0], a), (block.ufv[2], b)):
        np.multiply(chroma, share, out=out[0])
        out += f
    return _rgb_steps(block)


def lightness_means(pixels: Codes, height: int, width: int) -> np.ndarray:
    """Mean L* of each cell of a grid laid over the photo, cut pixels by their share.

    Args:
        pixels: gray or sRGB codes.
        height: rows of the grid, at most the photo's.
        width: columns of the grid, at most the photo's.

    Returns:
        `(height, width)` float32.
    """
    high, wide = pixels.shape[:2]
    edges = np.arange(height + 1) * (high / height)
    sums = np.zeros((height, wide), F32)
    for top, bottom, block in _blocks(pixels, pixels.dtype):
        rows = np.arange(top, bottom)
        first, last = int(top * height // high), int(((bottom * height) - 1) // high) + 1
        upper = np.maximum(rows, edges[first:last, None])
        lower = np.minimum(rows + 1, edges[first + 1 : last + 1, None])
        shares = np.maximum(lower - upper, 0).astype(F32)
        sums[first:last] += shares @ _f_of(pixels[top:bottom], block)
    f = cv2.resize(sums, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width)
    return f * F32(116 * height / high) - F32(16)


# Ab as wild as a broken network's give cubes that are not finite: these do not fit either.
@np.errstate(over="ignore", invalid="ignore")
def merge(pixels: Codes, grid: np.ndarray, out: np.ndarray) -> None:
    """Write the photo in color: its own L*, and the a* and b* of a coarse grid.

    Args:
        pixels: gray or sRGB codes.
        grid: `(4, hs, ws)` float32: slopes of a*/500 and b*/200 against f, their values at f = 0.
        out: `(h, w, 3)` codes, or sRGB in [0, 1] as float32; contiguous; may be `pixels` itself.
    """
    high, wide = pixels.shape[:2]
    # So that u = f + a*/500 and v = f - b*/200 are lines in f themselves.
    lines = np.stack([grid[0] + 1, 1 - grid[1], grid[2], -grid[3]])
    lines = np.stack([cv2.resize(each, (wide, grid.shape[1])) for each in lines])
    outside = _Outside(out)
    for top, bottom, block in _blocks(pixels, out.dtype):
        weights, taken = _weights(np.arange(top, bottom), high, grid.shape[1])
        np.matmul(weights, lines[:, taken], out=block.lines)
        block.ufv[1] = f = _f_of(pixels[top:bottom], block)
        np.multiply(block.lines[:2], f, out=block.ufv[::2])
        block.ufv[::2] += block.lines[2:]
        steps = _rgb_steps(block)
        outside.add(block, top * wide)
        out[top:bottom] = _codes(steps, block)
        if outside.count > _BLOCK_PIXELS:
            outside.fit()
    outside.fit()


def gray(pixels: Codes, out: Codes) -> None:
    """Write the gray photo of the same L*.

    Args:
        pixels: sRGB codes.
        out: `(h, w, 3)` codes.
    """
    for top, bottom, block in _blocks(pixels, out.dtype):
        steps = _luminance_steps(pixels[top:bottom], block)
        out[top:bottom] = _codes(cv2.merge([steps] * 3, block.steps), block)


def _blocks(pixels: Codes, dtype: np.dtype) -> Iterator[tuple[int, int, _Block]]:
    """The first row of each block, the row after it, and memory for them.

    Args:
        pixels: of the photo.
        dtype: of what is made of them.
    """
    high, wide = pixels.shape[:2]
    rows = max(1, min(_BLOCK_PIXELS // wide, int(high * _MOST_ROWS)))
    block = _kept_block(rows, wide, dtype)
    for top in range(0, high, rows):
        if top + rows > high:
            block = _Block(high - top, wide, dtype)
        yield top, min(top + rows, high), block


# One for each thread, kept for pictures of one size that come one after the other.
_kept = threading.local()


def _kept_block(rows: int, wide: int, dtype: np.dtype) -> _Block:
    known = rows, wide, dtype
    if getattr(_kept, "known", None) != known:
        _kept.known, _kept.block = known, _Block(*known)
    return cast(_Block, _kept.block)


def _weights(rows: np.ndarray, count: int, small: int) -> tuple[np.ndarray, slice]:
    """For rows of a photo of `count`, how much of each of the rows of a grid of `small` they take.

    Returns:
        `(rows, k)` float32, and which k rows of the grid these are of; others have no part.
    """
    # Pixel centers lie at half integers; beyond the outermost ones the edge goes on.
    at = np.clip((rows + 0.5) * (small / count) - 0.5, 0, small - 1)
    taken = np.arange(int(at[0]), min(int(at[-1]) + 2, small))
    weights = np.maximum(1 - np.abs(at[:, None] - taken), 0).astype(F32)
    return weights, slice(taken[0], taken[-1] + 1)


def _f_of(pixels: Codes, block: _Block) -> np.ndarray:
    """F of gray codes `(h, w)` or sRGB codes `(h, w, 3)`."""
    if pixels.ndim == 2:
        return cv2.LUT(pixels, _f_of_gray(pixels.dtype.name), block.f)
    steps = _luminance_steps(pixels, block)
    return conversion.f_of_light()(steps, block.whole, block.xyz[0])


def _luminance_steps(pixels: Codes, block: _Block) -> np.ndarray:
    light = cv2.LUT(pixels, _light_of(pixels.dtype.name), block.pixels)
    return cv2.transform(light, _Y_STEPS, block.f)


def _rgb_steps(block: _Block) -> np.ndarray:
    """Linear RGB in steps, `(h, w, 3)`, of `block.ufv`."""
    ufv, xyz = block.ufv, block.xyz
    low = ufv.min() < _KNEE
    cubed = np.maximum(ufv, F32(_KNEE), out=block.lines[:3]) if low else ufv
    np.multiply(cubed, cubed, out=xyz)
    xyz *= cubed
    if low:
        # The line is the tangent of the cube at the knee.
        below = np.subtract(ufv, cubed, out=cubed)
        below *= F32(3 * _KNEE**2)
        xyz += below
    return cv2.transform(cv2.merge(list(xyz), block.pixels), _RGB_STEPS, block.steps)


def _codes(steps: np.ndarray, block: _Block) -> np.ndarray:
    """SRGB of linear light in steps, which is overwritten: codes, or in [0, 1]."""
    codes = block.codes
    if codes.dtype != np.uint16:
        block.wholes[...] = steps
        table = _byte_of_light() if codes.dtype == np.uint8 else _float_of_light()
        return cv2.LUT(block.wholes, table, codes)
    codes[...] = _word_of_light()(steps, block.wholes, block.pixels)
    return codes


@functools.cache
def _light_of(dtype: str) -> np.ndarray:
    """Linear light of each sRGB code."""
    most = np.iinfo(dtype).max
    return conversion.linear_from_srgb(np.arange(most + 1) / most).astype(F32)


@functools.cache
def _f_of_gray(dtype: str) -> np.ndarray:
    """F of each gray code."""
    most = np.iinfo(dtype).max
    codes = np.repeat(np.arange(most + 1)[:, None] / most, 3, axis=1)
    return ((conversion.rgb_to_lightness(codes)[:, 0] + 16) / 116).astype(F32)


@functools.cache
def _word_of_light() -> LightCurve:
    # A half more, as the fraction is cut off.
    return LightCurve(conversion.srgb_from_linear(light_of_steps()) * 65535 + 0.5)


@functools.cache
def _byte_of_light() -> np.ndarray:
    return np.rint(_srgb_of_light() * 255).astype(np.uint8)


@functools.cache
def _float_of_light() -> np.ndarray:
    return _srgb_of_light().astype(F32)


@functools.cache
def _srgb_of_light() -> np.ndarray:
    # The fraction of a step is cut off: taken for a half. In black, that is within 1e-4.
    return conversion.srgb_from_linear(light_of_steps(0.5))
