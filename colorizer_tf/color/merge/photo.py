"""A photo's lightness down to the network's scale, and predicted color onto the photo."""

import functools

import cv2
import numpy as np

from colorizer_tf.color import conversion
from colorizer_tf.color.merge import kernels
from colorizer_tf.color.merge.guided import guided_lines


def small_lightness(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """L* of a photo at another size: the mean over each pixel's area where the photo shrinks.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        height: rows wanted.
        width: columns wanted.

    Returns:
        `(height, width)` float32, L* in [0, 100].
    """
    high, wide = pixels.shape[:2]
    tables = _tables(pixels.dtype.name)
    shrunk = kernels.lightness_means(
        _with_channels(pixels), *tables, min(height, high), min(width, wide)
    )
    enlarged = cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)
    return enlarged.reshape(height, width)


def merge_photo(
    pixels: np.ndarray,
    lightness: np.ndarray,
    ab: np.ndarray,
    *,
    ab_stride: int = 1,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """The photo in color: its own L*, exactly, and the coarse ab, guided by that L*.

    Where L* and ab leave sRGB together, chroma shrinks at constant lightness and hue.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        lightness: `(hs, ws)` L* of the photo at the size of `ab`, from `small_lightness`.
        ab: `(hs, ws, 2)`, finite.
        ab_stride: see `guided_lines`.
        out: where to write the result; may be `pixels` itself if that has three channels.

    Returns:
        `(h, w, 3)` sRGB of the dtype of `pixels`.
    """
    lines = guided_lines(lightness, np.asarray(ab, np.float32), ab_stride)
    slope_a, slope_b, base_a, base_b = lines
    # From L* to f, and from a* and b* to what they add to f.
    grid = np.stack(
        [
            slope_a * (116 / 500),
            slope_b * (116 / 200),
            (base_a - 16 * slope_a) / 500,
            (base_b - 16 * slope_b) / 200,
        ]
    )
    return _merged(pixels, grid, out)


def gray_of(pixels: np.ndarray) -> np.ndarray:
    """The gray photo of the same L*.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.

    Returns:
        `(h, w, 3)` of the same dtype; of a gray photo exactly its own codes.
    """
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=-1)
    return _merged(pixels, np.zeros((4, 1, 1), np.float32), None)


def _merged(pixels: np.ndarray, grid: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    height, width = pixels.shape[:2]
    if out is None:
        out = np.empty((height, width, 3), pixels.dtype)
    rows, columns = _places(height, grid.shape[1]), _places(width, grid.shape[2])
    # One more row and column: the last places lie at the grid's end, and look at what comes next.
    grid = np.pad(grid, ((0, 0), (0, 1), (0, 1)), mode="edge").astype(np.float32)
    tables = _tables(pixels.dtype.name)
    kernels.merge(_with_channels(pixels), *tables, grid, rows, columns, out)
    return out


def _with_channels(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels).reshape(*pixels.shape[:2], -1)


def _places(count: int, small: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `count` pixels the pixel before it on a grid of `small`, and the way onward."""
    # Pixel centers lie at half integers; beyond the outermost ones the edge goes on.
    at = np.clip((np.arange(count) + 0.5) * (small / count) - 0.5, 0, small - 1)
    before = at.astype(np.int32)
    return before, (at - before).astype(np.float32)


@functools.cache
def _tables(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Linear light of each code, and the f of each gray code."""
    codes = np.arange(np.iinfo(dtype).max + 1) / np.iinfo(dtype).max
    f = (conversion.rgb_to_lightness(np.repeat(codes[:, None], 3, axis=1))[:, 0] + 16) / 116
    return conversion.linear_from_srgb(codes).astype(np.float32), f.astype(np.float32)
