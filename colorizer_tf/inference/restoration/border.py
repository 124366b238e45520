"""The border of a print: paper, or a scanner's lid, of one tone on all four sides."""

import cv2
import numpy as np

Box = tuple[slice, slice]

_SIDE = 512
# Of the outermost strip that gives the border's tone, of the widest border, of the least one.
_STRIP, _MOST, _LEAST = 0.008, 0.22, 0.008
# Tones, of 255: how far paper strays from its own, and how much the four sides may differ.
_TOLERANCE, _DIFFERENCE = 22, 30
# The share of a row that is paper; prints are scanned a little askew, and have worn corners.
_SHARE = 0.85
# A picture differs from its paper; a photo that ends in an even white wall or sky does not.
_CONTRAST = 18


def find_border(pixels: np.ndarray) -> Box:
    """Rows and columns of the picture within its border; of the whole photo if it has none.

    A border is of one tone, lighter or darker than what it frames, and on all four sides: three are
    not enough, as skies and floors have them too.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
    """
    whole = (slice(0, pixels.shape[0]), slice(0, pixels.shape[1]))
    small = _small(pixels)
    tone = _tone(small)
    if tone is None:
        return whole
    paper = np.abs(small - tone) <= _TOLERANCE
    limits = []
    for axis in (0, 1):
        count = paper.shape[axis]
        share = paper.mean(axis=1 - axis)
        first, last = _run(share), _run(share[::-1])
        if not all(_LEAST * count <= found <= _MOST * count for found in (first, last)):
            return whole
        limits.append((first, count - last))
    (top, bottom), (left, right) = limits
    inside = small[top:bottom, left:right]
    if abs(float(np.median(inside)) - tone) < _CONTRAST:
        return whole
    scale = pixels.shape[0] / small.shape[0], pixels.shape[1] / small.shape[1]
    # Rounded inwards: a seam of paper would be colored with the picture.
    rows = slice(int(np.ceil(top * scale[0])), int(bottom * scale[0]))
    columns = slice(int(np.ceil(left * scale[1])), int(right * scale[1]))
    return rows, columns


def _small(pixels: np.ndarray) -> np.ndarray:
    """A gray copy of 8-bit tones as floats."""
    factor = min(1.0, _SIDE / max(pixels.shape[:2]))
    sides = tuple(max(8, round(side * factor)) for side in pixels.shape[1::-1])
    small = cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA).astype(np.float32)
    small *= np.float32(255 / np.iinfo(pixels.dtype).max)
    return small if small.ndim == 2 else small.mean(axis=2)


def _tone(small: np.ndarray) -> float | None:
    """The tone that the outermost strips share; None if they do not."""
    high, wide = (max(2, round(_STRIP * side)) for side in small.shape)
    strips = (small[:high], small[-high:], small[:, :wide], small[:, -wide:])
    tones = [float(np.median(strip)) for strip in strips]
    return float(np.median(tones)) if max(tones) - min(tones) <= _DIFFERENCE else None


def _run(share: np.ndarray) -> int:
    """How many rows from the edge on are paper."""
    other = np.flatnonzero(share < _SHARE)
    return int(other[0]) if len(other) else len(share)
