"""JPEGs of at most so many bytes."""

import imagecodecs
import numpy as np

_LEAST_QUALITY = 30


def encode_within(rgb: np.ndarray, best: int, most_bytes: int) -> bytes:
    """A JPEG of at most so many bytes, as good as that allows, without metadata.

    Args:
        rgb: `(h, w, 3)` uint8.
        best: quality not to go beyond, 1 to 100.
        most_bytes: beyond that color is halved in resolution first, then the quality falls, to 30
            at the least: so a picture of hardly any detail may still be larger.
    """
    ladder = [(best, "444"), (best, "420")]
    ladder += [(quality, "420") for quality in range(best - 4, _LEAST_QUALITY - 1, -4)]
    # The first that fits, by halves: sizes fall along the ladder.
    low, high = 0, len(ladder) - 1
    while low < high:
        middle = (low + high) // 2
        if len(encode_jpeg(rgb, *ladder[middle])) <= most_bytes:
            high = middle
        else:
            low = middle + 1
    return encode_jpeg(rgb, *ladder[low])


def encode_jpeg(rgb: np.ndarray, quality: int, subsampling: str) -> bytes:
    """A JPEG without metadata; subsampling "444", "422" or "420"."""
    return bytes(imagecodecs.jpeg8_encode(rgb, quality, subsampling=subsampling, optimize=True))
