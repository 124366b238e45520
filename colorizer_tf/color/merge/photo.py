"""A photo's lightness down to the network's scale, and predicted color onto the photo."""

import cv2
import numpy as np

from colorizer_tf.color.merge import blocks
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
    shrunk = blocks.lightness_means(pixels, min(height, high), min(width, wide))
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
        out: where to write the result; may be `pixels` itself if that has three channels. Of
            float32 it gets sRGB in [0, 1].

    Returns:
        `(h, w, 3)` sRGB of the dtype of `pixels`, or `out`.
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
    merged = out
    if merged is None or not merged.flags.c_contiguous:
        merged = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    blocks.merge(pixels, grid.astype(np.float32), merged)
    if out is None or merged is out:
        return merged
    out[...] = merged
    return out


def gray_of(pixels: np.ndarray) -> np.ndarray:
    """The gray photo of the same L*.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.

    Returns:
        `(h, w, 3)` of the same dtype; of a gray photo exactly its own codes.
    """
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=-1)
    out = np.empty_like(pixels)
    blocks.gray(pixels, out)
    return out
