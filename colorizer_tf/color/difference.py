"""CIEDE2000: how far apart two colors look.

Written once against the names that `numpy`, `tensorflow` and `jax.numpy` share, as `color` is: the
metric inside of a training step and an evaluation without TensorFlow count the same.

Source: Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations"; kL = kC = kH = 1. The numbers of equations
below are theirs.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from colorizer_tf.color.conversion import namespace_of

# Colors a piece: with more, the two dozen arrays in between no longer fit a core's cache.
_PIECE = 2**15

# Whole turns in an angle, rounded; less a little, so that exactly opposite hues, at which the
# formula jumps, fall to the side where the published pairs have them, whatever was rounded before.
_TURNS = (1 - 1e-6) / (2 * math.pi)


def ciede2000(lab_1: Any, lab_2: Any, threads: int = 1) -> Any:
    """CIEDE2000 of pairs of colors, LAB `(..., 3)` and `(..., 3)` to `(...)`.

    Floats keep their precision: float32 is within 0.001 of float64. NumPy arrays go in pieces, so
    that beyond the result no memory is needed to speak of, and over several cores if asked.
    """
    if namespace_of(lab_1) is not np:
        return _ciede2000(*_planes(lab_1, 3), *_planes(lab_2, 3))
    colors_1, colors_2 = lab_1.reshape(-1, 3), lab_2.reshape(-1, 3)
    found = np.empty(len(colors_1), np.result_type(lab_1, lab_2))

    def fill(start: int) -> None:
        piece = slice(start, start + _PIECE)
        # Plane after plane: ufuncs take strided arrays at a fraction of their speed.
        planes_1, planes_2 = (np.ascontiguousarray(c[piece].T) for c in (colors_1, colors_2))
        found[piece] = _ciede2000(*planes_1, *planes_2)

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, len(found), _PIECE)))
    else:
        for start in range(0, len(found), _PIECE):
            fill(start)
    return found.reshape(lab_1.shape[:-1])


def ciede2000_same_lightness(ab_1: Any, ab_2: Any) -> Any:
    """CIEDE2000 of colors that differ in ab alone, `(..., 2)` and `(..., 2)` to `(...)`.

    With equal lightness its lightness term is zero, and nothing else in it depends on L.
    """
    xp = namespace_of(ab_1)
    return xp.sqrt(xp.maximum(_chroma_and_hue_terms(*_planes(ab_1, 2), *_planes(ab_2, 2)), 0.0))


def _planes(array: Any, count: int) -> list[Any]:
    return [array[..., i] for i in range(count)]


def _ciede2000(lightness_1: Any, a_1: Any, b_1: Any, lightness_2: Any, a_2: Any, b_2: Any) -> Any:
    xp = namespace_of(a_1)
    from_middle = (lightness_1 + lightness_2) * 0.5 - 50.0
    squared = from_middle * from_middle
    term = (lightness_2 - lightness_1) / (1.0 + 0.015 * squared / xp.sqrt(20.0 + squared))  # (15)
    others = _chroma_and_hue_terms(a_1, b_1, a_2, b_2)
    return xp.sqrt(xp.maximum(term * term + others, 0.0))  # (22)


def _chroma_and_hue_terms(a_1: Any, b_1: Any, a_2: Any, b_2: Any) -> Any:
    """What chroma and hue add to the squared difference."""
    xp = namespace_of(a_1)
    seventh = _seventh((_length(a_1, b_1) + _length(a_2, b_2)) * 0.5)
    stretch = 1.5 - 0.5 * xp.sqrt(seventh / (seventh + 25.0**7))  # (4), (5)
    a_1, a_2 = a_1 * stretch, a_2 * stretch
    c_1, c_2 = _length(a_1, b_1), _length(a_2, b_2)
    hue = _hue(a_1, b_1)
    turn = _hue(a_2, b_2) - hue
    turn = turn - 2 * math.pi * xp.round(turn * _TURNS)  # (10)
    d_chroma = c_2 - c_1
    # A gray's hue is arbitrary here: the product makes zero of all that it enters.
    d_hue = 2.0 * xp.sqrt(c_1 * c_2) * xp.sin(turn * 0.5)  # (11)
    chroma = (c_1 + c_2) * 0.5
    hue = hue + turn * 0.5  # (14): halfway along the shorter arc
    t = (
        1.0
        - 0.17 * xp.cos(hue - math.radians(30))
        + 0.24 * xp.cos(2 * hue)
        + 0.32 * xp.cos(3 * hue + math.radians(6))
        - 0.20 * xp.cos(4 * hue - math.radians(63))
    )  # (15)
    # Only near 275 degrees does it count: a hue past 360 is as far from there as it need be.
    from_blue = (_positive(hue) - math.radians(275)) * (1 / math.radians(25))
    rotation = math.radians(60) * xp.exp(-(from_blue * from_blue))  # (16)
    seventh = _seventh(chroma)
    r_t = -2.0 * xp.sin(rotation) * xp.sqrt(seventh / (seventh + 25.0**7))  # (17), (21)
    c_term = d_chroma / (1.0 + 0.045 * chroma)
    h_term = d_hue / (1.0 + 0.015 * chroma * t)
    return c_term * c_term + h_term * h_term + r_t * c_term * h_term


def _length(a: Any, b: Any) -> Any:
    return namespace_of(a).sqrt(a * a + b * b)


def _seventh(chroma: Any) -> Any:
    # A power by multiplication is a tenth of the time of `**` in NumPy.
    squared = chroma * chroma
    return squared * squared * squared * chroma


def _hue(a: Any, b: Any) -> Any:
    return _positive(namespace_of(a).atan2(b, a))


def _positive(angle: Any) -> Any:
    # Several times as fast as a `where` in NumPy.
    return angle - 2 * math.pi * namespace_of(angle).floor(angle * (0.5 / math.pi))
