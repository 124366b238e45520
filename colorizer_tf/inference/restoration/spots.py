"""Dust, spots and scratches: small and thin marks, filled from what is around them."""

import cv2
import numpy as np

from colorizer_tf.inference.restoration.border import Box
from colorizer_tf.inference.restoration.grain import grain_of

# Marks are looked for on a copy whose longer side has at most so many pixels.
_SIDE = 1600
# Of the shorter side: marks as wide as this are seen, and scratches at least as long as that.
_WIDTH, _LENGTH = 0.012, 0.12
# How far a mark stands out from the lightest, or darkest, of what is around: of 255, and of the
# grain. The picture's own lights have others like them close by.
_CONTRAST, _GRAINS = 22, 4.0
_ANGLES = 24
# Of the picture: where more seems to be dust, it is the picture.
_MOST = 0.04
_RADIUS = 3


def remove_dust(gray: np.ndarray, box: Box) -> np.ndarray:
    """A photo without small spots and long scratches, `(h, w)` of the same dtype.

    Source: marks are filled as of Telea 2004.

    Args:
        gray: `(h, w)` uint8 or uint16.
        box: where the picture is; its border is left alone.
    """
    picture = gray[box]
    marks = find_marks(picture)
    if not marks.any():
        return gray
    filled = gray.copy()
    filled[box] = cv2.inpaint(np.ascontiguousarray(picture), marks, _RADIUS, cv2.INPAINT_TELEA)
    return filled


def find_marks(gray: np.ndarray) -> np.ndarray:
    """A mask of what looks like dust or a scratch, `(h, w)` uint8, 255 where it does.

    Args:
        gray: `(h, w)` uint8 or uint16.
    """
    factor = min(1.0, _SIDE / max(gray.shape))
    sides = tuple(max(1, round(side * factor)) for side in gray.shape[::-1])
    small = cv2.resize(gray, sides, interpolation=cv2.INTER_AREA)
    small = (small / (np.iinfo(gray.dtype).max / 255)).astype(np.uint8)
    width = max(3, round(_WIDTH * min(small.shape)) | 1)
    marks = np.zeros(small.shape, np.uint8)
    for sign in (small, 255 - small):
        marks |= _light_marks(sign, width)
    if not 0 < np.count_nonzero(marks) <= _MOST * marks.size:
        return np.zeros(gray.shape, np.uint8)
    marks = cv2.dilate(marks, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.resize(marks, gray.shape[::-1], interpolation=cv2.INTER_NEAREST))


def _light_marks(small: np.ndarray, width: int) -> np.ndarray:
    """Marks that are lighter than all that is around them."""
    # Without what is narrower than a mark, so that no mark hides another.
    plain = cv2.medianBlur(small, 2 * width + 1)
    window = np.ones((4 * width + 1, 4 * width + 1), np.uint8)
    lightest = cv2.dilate(plain, window).astype(np.float32)
    contrast = max(_CONTRAST, _GRAINS * grain_of(small))
    candidates = np.where(small > lightest + contrast, 255, 0).astype(np.uint8)
    return _spots(candidates, width) | _scratches(candidates, small)


def _spots(candidates: np.ndarray, width: int) -> np.ndarray:
    """Those of the candidates that are small and alone."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(candidates, connectivity=8)
    sides, areas = facts[:, 2:4].max(axis=1), facts[:, cv2.CC_STAT_AREA]
    small = (sides <= 1.5 * width) & (areas >= 2)
    small[0] = False
    return np.where(small[labels], 255, 0).astype(np.uint8)


def _scratches(candidates: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Those of the candidates that go on in a straight line."""
    length = max(15, round(_LENGTH * min(small.shape)))
    # Wider by a pixel on each side: lines lean a little off the angles that are tried.
    wide = cv2.dilate(candidates, np.ones((3, 3), np.uint8))
    lines = np.zeros_like(candidates)
    for number in range(_ANGLES):
        lines |= cv2.morphologyEx(wide, cv2.MORPH_OPEN, _line(length, np.pi * number / _ANGLES))
    return lines & wide


def _line(length: int, angle: float) -> np.ndarray:
    kernel = np.zeros((length, length), np.uint8)
    half = (length - 1) / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * half
    start, end = (np.rint(half + sign * reach).astype(int) for sign in (-1, 1))
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1)
    return kernel
