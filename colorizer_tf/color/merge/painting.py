"""Color onto blocks of a photo: lines of ab over L* as a grid gives them, within sRGB."""

from collections.abc import Iterator

import cv2
import numpy as np

from colorizer_tf.color.light_curve import STEPS, ZERO
from colorizer_tf.color.merge.blocks import F32, Block, Codes, blocks
from colorizer_tf.color.merge.guided import guided_lines

# An index of an array of the photo: some rows, or single pixels by their rows and columns.
Where = slice | tuple[np.ndarray, ...]

_FITTED_PIXELS = 2**15
# Steps without their fraction. Rounding must not count as leaving the gamut.
_LEAST, _SPAN = np.uint16(ZERO - 2), np.uint16(STEPS + 3)
_BISECTIONS = 8


def painted(
    codes: Codes,
    lightness: np.ndarray,
    ab: np.ndarray,
    ab_stride: int = 1,
    table: np.ndarray | None = None,
) -> Iterator[tuple[Where, Block]]:
    """Blocks of a photo in color, as linear light: its own L*, and coarse ab guided by it.

    Where L* and ab leave sRGB together, chroma shrinks at constant lightness and hue. Such pixels
    come again by themselves: what was first given of them does not count.

    Args:
        codes: `(h, w)` or `(h, w, 3)`, see `Block.write_f`.
        lightness: see `guided_lines`.
        ab: see `guided_lines`.
        ab_stride: see `guided_lines`.
        table: see `Block.write_f`.

    Yields:
        Which pixels, and a block of them after `Block.mix`; it is used again for the next ones.
        Single pixels are in a block of one row.
    """
    high, wide = codes.shape[:2]
    grid = _lines_of_f(guided_lines(lightness, ab, ab_stride), wide)
    count = grid.shape[1]
    # Pixel centers lie at half integers; beyond the outermost ones the edge goes on.
    at = np.clip((np.arange(high) + 0.5) * (count / high) - 0.5, 0, count - 1)
    outside = _Outside((high, wide))
    for top, bottom, block in blocks(high, wide):
        first, last = int(at[top]), min(int(at[bottom - 1]) + 2, count)
        weights = np.maximum(1 - np.abs(at[top:bottom, None] - np.arange(first, last)), 0)
        np.matmul(weights.astype(F32), grid[:, first:last], out=block.lines)
        # Ab as wild as a broken network's is not finite here: it does not fit either.
        with np.errstate(over="ignore", invalid="ignore"):
            f = block.write_f(codes[top:bottom], table)
            for line, plane in enumerate((block.ufv[0], block.ufv[2])):
                np.multiply(block.lines[line], f, out=plane)
                plane += block.lines[2 + line]
            block.mix()
        outside.add(block, top * wide)
        yield slice(top, bottom), block
        if outside.count > _FITTED_PIXELS:
            yield outside.fitted()
    if outside.count:
        yield outside.fitted()


def _lines_of_f(lines: np.ndarray, wide: int) -> np.ndarray:
    """Slopes of u and v against f, and their values at f = 0: `(4, h, wide)` float32.

    Args:
        lines: of `guided_lines`.
        wide: columns wanted.
    """
    slope_a, slope_b, base_a, base_b = lines
    grid = [
        slope_a * (116 / 500) + 1,
        1 - slope_b * (116 / 200),
        (base_a - 16 * slope_a) / 500,
        (16 * slope_b - base_b) / 200,
    ]
    large = np.empty((4, len(slope_a), wide), F32)
    for narrow, line in zip(grid, large, strict=True):
        cv2.resize(narrow.astype(F32), line.shape[::-1], line)
    return large


class _Outside:
    """Pixels whose color lies outside sRGB, of many blocks: few calls for all of them."""

    def __init__(self, sides: tuple[int, int]) -> None:
        self._sides = sides
        self._places: list[np.ndarray] = []
        self._ufv: list[np.ndarray] = []
        self.count = 0

    def add(self, block: Block, first: int) -> None:
        """Remember those of a block whose first pixel is that one of the photo."""
        beyond = _beyond(block)
        if not beyond.any():
            return
        places = np.flatnonzero(beyond)
        self._ufv.append(block.ufv.reshape(3, -1).take(places, axis=1))
        self._places.append(places + first)
        self.count += places.size

    # See `painted`.
    @np.errstate(over="ignore", invalid="ignore")
    def fitted(self) -> tuple[Where, Block]:
        """All of them with the most chroma that fits, by bisection at constant L* and hue."""
        u, f, v = np.concatenate(self._ufv, axis=1)
        where = np.unravel_index(np.concatenate(self._places), self._sides)
        self._places, self._ufv, self.count = [], [], 0
        block = Block(1, f.size)
        block.ufv[1] = f
        chroma = np.stack([u - f, v - f])
        low, step = np.zeros_like(f), F32(1)
        for _ in range(_BISECTIONS):
            step *= F32(0.5)
            _shrink(block, chroma, low + step)
            low += step * ~_beyond(block)
        _shrink(block, chroma, low)
        return where, block


def _shrink(block: Block, chroma: np.ndarray, share: np.ndarray) -> None:
    """Mix a share of the chroma."""
    f = block.ufv[1]
    for plane, all_of_it in zip(block.ufv[::2], chroma, strict=True):
        np.multiply(all_of_it, share, out=plane[0])
        plane += f
    block.mix()


def _beyond(block: Block) -> np.ndarray:
    """Which pixels are outside sRGB, after `Block.mix`: `(n,)` booleans."""
    # What is less than the least wraps around to the most.
    above = block.whole.reshape(3, -1) - _LEAST
    red, green, blue = above
    return np.maximum(np.maximum(red, green, out=red), blue, out=red) > _SPAN
