"""The compiled loops over a photo's own pixels: L* down to the network's scale, ab up and onto L*.

All of them stand in this one file, as Numba looks for changes only in the file of what it caches.
They hold no Python lock while they run, so that photos in several threads overlap.

`f` here is the cube root that CIELAB is made of: L* = 116 f - 16, a* and b* shift it for X and Z.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from colorizer_tf.color import conversion

F32 = np.float32

# Gray codes `(h, w, 1)` or sRGB codes `(h, w, 3)`, uint8 or uint16; a value for each code; indices
# with fractions.
Codes = np.ndarray
Table = np.ndarray
Places = tuple[np.ndarray, np.ndarray]


def _compiled(function: Callable[..., Any]) -> Any:
    options: dict[str, Any] = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder that can be written holds the cache: compiled in each process
        return numba.njit(**options)(function)


_inline = numba.njit(inline="always", fastmath=True, error_model="numpy")


def _fit(values: np.ndarray, curve: np.ndarray) -> tuple[np.float32, ...]:
    """The least-squares sum of the powers 0, 1/4 ... 6/4 of the values that gives the curve."""
    powers = np.stack([values ** (exponent / 4) for exponent in range(7)], axis=-1)
    return tuple(F32(weight) for weight in np.linalg.lstsq(powers, curve, rcond=None)[0])


def _samples(least: float) -> np.ndarray:
    return np.linspace(least**0.25, 1.0, 4096) ** 4


# Powers by two square roots each, which processors have for many numbers at once: within 0.0003 L*
# and 0.3 of a 16-bit code of the curves, at a tenth of the time of `pow`.
_KNEE = 0.0031308
_S = _fit(_samples(_KNEE), conversion.srgb_from_linear(_samples(_KNEE)))
_C = _fit(_samples(conversion.EPSILON), np.cbrt(_samples(conversion.EPSILON)))
_S0, _S1, _S2, _S3, _S4, _S5, _S6 = _S
_C0, _C1, _C2, _C3, _C4, _C5, _C6 = _C
_LINE, _OFFSET, _EPSILON = F32(conversion.SLOPE), F32(16 / 116), F32(conversion.EPSILON)

# Gray stays gray exactly: see `conversion.NEUTRAL`.
_MATRIX = (conversion.RGB_FROM_XYZ * conversion.NEUTRAL).astype(F32)
((_RX, _RY, _RZ), (_GX, _GY, _GZ), (_BX, _BY, _BZ)) = _MATRIX
_WEIGHT_R, _WEIGHT_G, _WEIGHT_B = (F32(weight) for weight in conversion.XYZ_FROM_RGB[1])

# Rounding must not count as leaving the gamut.
_LEAST, _MOST = F32(-2e-5), F32(1 + 2e-5)
_BISECTIONS = 8


@_inline
def _srgb(linear: Any) -> Any:
    x = min(max(linear, F32(0)), F32(1))
    t = np.sqrt(x)
    u = np.sqrt(t)
    curve = _S0 + t * (_S2 + t * (_S4 + t * _S6)) + u * (_S1 + t * (_S3 + t * _S5))
    return x * F32(12.92) if x < F32(_KNEE) else curve


@_inline
def _f(y: Any) -> Any:
    x = max(y, _EPSILON)
    t = np.sqrt(x)
    u = np.sqrt(t)
    curve = _C0 + t * (_C2 + t * (_C4 + t * _C6)) + u * (_C1 + t * (_C3 + t * _C5))
    return curve if y > _EPSILON else y * _LINE + _OFFSET


@_inline
def _f_inverse(f: Any) -> Any:
    return f * f * f if f > F32(6 / 29) else (f - _OFFSET) / _LINE


@_inline
def _outside(red: Any, green: Any, blue: Any) -> bool:
    return min(red, green, blue) < _LEAST or max(red, green, blue) > _MOST


@_inline
def _levels(row: Codes, linear: Table, f_of_code: Table, f: np.ndarray) -> None:
    """F of a row of gray codes `(w, 1)` or sRGB codes `(w, 3)`."""
    if row.shape[1] == 1:
        for x in range(f.size):
            f[x] = f_of_code[row[x, 0]]
    else:
        # Two loops: lookups are one at a time, the curve then is computed for many at once.
        for x in range(f.size):
            red, green, blue = linear[row[x, 0]], linear[row[x, 1]], linear[row[x, 2]]
            f[x] = _WEIGHT_R * red + _WEIGHT_G * green + _WEIGHT_B * blue
        for x in range(f.size):
            f[x] = _f(f[x])


@_inline
def _linear_rgb(f: Any, a: Any, b: Any) -> Any:
    x, y, z = _f_inverse(f + a), _f_inverse(f), _f_inverse(f - b)
    return (
        _RX * x + _RY * y + _RZ * z,
        _GX * x + _GY * y + _GZ * z,
        _BX * x + _BY * y + _BZ * z,
    )


@_inline
def _fitted_rgb(f: Any, a: Any, b: Any) -> Any:
    """Linear RGB of the most chroma that fits, by bisection at constant lightness and hue."""
    low, high = F32(0), F32(1)
    for _ in range(_BISECTIONS):
        middle = (low + high) * F32(0.5)
        red, green, blue = _linear_rgb(f, a * middle, b * middle)
        if _outside(red, green, blue):
            high = middle
        else:
            low = middle
    return _linear_rgb(f, a * low, b * low)


@_compiled
def lightness_means(
    pixels: Codes, linear: Table, f_of_code: Table, height: int, width: int
) -> np.ndarray:
    """Mean L* of each cell of a grid laid over the photo, cut pixels by their share.

    Args:
        pixels: `(h, w, 1)` gray or `(h, w, 3)` sRGB codes.
        linear: linear light of each code.
        f_of_code: f of each gray code.
        height: rows of the grid, at most h.
        width: columns of the grid, at most w.

    Returns:
        `(height, width)` float32.
    """
    high, wide = pixels.shape[:2]
    f = np.empty(wide, F32)
    cells = np.empty(width, F32)
    sums = np.zeros((height, width), F32)
    for y in range(high):
        _levels(pixels[y], linear, f_of_code, f)
        for j in range(width):
            # In whole numbers of 1/width pixels, so that no cell loses any to rounding.
            first, last = j * wide // width, ((j + 1) * wide - 1) // width
            total = F32(0)
            for x in range(first, last + 1):
                total += f[x]
            total -= f[first] * F32((j * wide - first * width) / width)
            total -= f[last] * F32(((last + 1) * width - (j + 1) * wide) / width)
            cells[j] = total
        first, last = y * height // high, ((y + 1) * height - 1) // high
        share = F32(1)
        if last != first:
            share = F32(((y + 1) * height - last * high) / height)
            for j in range(width):
                sums[last, j] += share * cells[j]
            share = F32(1) - share
        for j in range(width):
            sums[first, j] += share * cells[j]
    return sums * F32(116 * height * width / (high * wide)) - F32(16)


@_compiled
def merge(
    pixels: Codes,
    linear: Table,
    f_of_code: Table,
    grid: np.ndarray,
    rows: Places,
    columns: Places,
    out: Codes,
) -> None:
    """Write the photo in color: its own L*, and the a* and b* of a coarse grid.

    Args:
        pixels: `(h, w, 1)` gray or `(h, w, 3)` sRGB codes.
        linear: linear light of each code.
        f_of_code: f of each gray code.
        grid: `(4, hs, ws)` float32: slopes of a*/500 and b*/200 against f, their values at f = 0.
        rows: for each row of the photo the grid's row above it, and its way toward the next.
        columns: the same for each column.
        out: `(h, w, 3)` codes; may be `pixels` itself.
    """
    high, wide = pixels.shape[:2]
    scale = F32(linear.size - 1)
    above, down = rows
    left, right = columns
    line = np.empty((4, grid.shape[2]), F32)
    f, a, b = np.empty(wide, F32), np.empty(wide, F32), np.empty(wide, F32)
    red, green, blue = np.empty(wide, F32), np.empty(wide, F32), np.empty(wide, F32)
    for y in range(high):
        for channel in range(4):
            for j in range(line.shape[1]):
                upper = grid[channel, above[y], j]
                line[channel, j] = upper + (grid[channel, above[y] + 1, j] - upper) * down[y]
        _levels(pixels[y], linear, f_of_code, f)
        slope_a, slope_b, base_a, base_b = line[0], line[1], line[2], line[3]
        # Loops of few steps each: the compiler turns such, and not one long one, into vector code.
        for x in range(wide):
            j, t = left[x], right[x]
            slope = slope_a[j] + (slope_a[j + 1] - slope_a[j]) * t
            a[x] = slope * f[x] + (base_a[j] + (base_a[j + 1] - base_a[j]) * t)
            slope = slope_b[j] + (slope_b[j + 1] - slope_b[j]) * t
            b[x] = slope * f[x] + (base_b[j] + (base_b[j + 1] - base_b[j]) * t)
        for x in range(wide):
            red[x], green[x], blue[x] = _linear_rgb(f[x], a[x], b[x])
        for x in range(wide):
            if _outside(red[x], green[x], blue[x]):
                red[x], green[x], blue[x] = _fitted_rgb(f[x], a[x], b[x])
        for x in range(wide):
            red[x] = _srgb(red[x]) * scale + F32(0.5)
            green[x] = _srgb(green[x]) * scale + F32(0.5)
            blue[x] = _srgb(blue[x]) * scale + F32(0.5)
        for x in range(wide):
            out[y, x, 0] = np.int32(red[x])
            out[y, x, 1] = np.int32(green[x])
            out[y, x, 2] = np.int32(blue[x])
