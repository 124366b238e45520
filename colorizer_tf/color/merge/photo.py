"""A photo's lightness down to the network's scale, and predicted color onto the photo."""

import cv2
import numpy as np

from colorizer_tf.color.merge.blocks import gray_codes, lightness_means
from colorizer_tf.color.merge.painting import painted

# Pixels a side that each mean of L* is at least taken over.
_PIXELS_A_MEAN = 5
# L* of mean codes leaves the mean of L* the more, the larger the area.
_MOST_HALVINGS = 2


def small_lightness(
    pixels: np.ndarray, height: int, width: int, table: np.ndarray | None = None
) -> np.ndarray:
    """L* of a photo at another size: the mean over each pixel's area where the photo shrinks.

    Much larger photos are halved first, once or twice: means of codes, close to those of L*, in a
    quarter of the time.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        height: rows wanted.
        width: columns wanted.
        table: see `blocks.Block.write_f`.

    Returns:
        `(height, width)` float32, L* in [0, 100].
    """
    high, wide = pixels.shape[:2]
    for _ in range(_MOST_HALVINGS):
        if min(high / height, wide / width) < 2 * _PIXELS_A_MEAN:
            break
        high, wide = high // 2, wide // 2
        pixels = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA)
    shrunk = lightness_means(pixels, min(height, high), min(width, wide), table)
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
    merged = np.empty((*pixels.shape[:2], 3), pixels.dtype) if out is None else out
    for where, block in painted(pixels, lightness, np.asarray(ab, np.float32), ab_stride):
        merged[where] = cv2.merge(block.rgb(pixels.dtype))
    return merged


def gray_of(pixels: np.ndarray) -> np.ndarray:
    """The gray photo of the same L*.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.

    Returns:
        `(h, w, 3)` of the same dtype; of a gray photo exactly its own codes.
    """
    gray = pixels if pixels.ndim == 2 else gray_codes(pixels)
    return np.repeat(gray[..., None], 3, axis=-1)
