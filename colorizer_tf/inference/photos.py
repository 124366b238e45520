"""Photos of every kind that the Python API takes, as arrays of codes."""

import os
from pathlib import Path

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError

Photo = np.ndarray | images.Photo | str | os.PathLike[str] | bytes

# Floats are taken as 16-bit codes: finer than any eye, and than what a merge in float32 would give.
FLOAT_CODES = 65535


def read_pixels(photo: Photo) -> np.ndarray:
    """The photo as an array: a file or its content decoded, anything else as it is."""
    if isinstance(photo, (str, os.PathLike)):
        return _read(Path(photo))
    if isinstance(photo, (bytes, bytearray, memoryview)):
        return images.decode_photo(bytes(photo)).pixels
    return photo.pixels if isinstance(photo, images.Photo) else np.asarray(photo)


def as_codes(array: np.ndarray) -> np.ndarray:
    """The photo as `(h, w)` or `(h, w, 3)` uint8 or uint16.

    Raises:
        ImageError: if it is not such an array, nor floats in [0, 1]; the message is the reason.
    """
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)) or 0 in array.shape:
        raise ImageError(
            f"received an array of shape {array.shape}, expected (h, w), (h, w, 1) or (h, w, 3)"
        )
    if array.dtype.kind == "f":
        # Written so that NaN fails it too.
        if not (array.min() >= 0 and array.max() <= 1):
            raise ImageError("received floats outside of [0, 1]: divide by the largest value first")
        return np.rint(array * np.float32(FLOAT_CODES)).astype(np.uint16)
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise ImageError(f"received {array.dtype} pixels, expected uint8, uint16 or floats")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _read(path: Path) -> np.ndarray:
    try:
        return images.decode_photo(images.read_file(path)).pixels
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error
