"""What every reader holds to: one kind of error with a short reason, and a limit of pixels."""

import contextlib
import re
from collections.abc import Iterator

import numpy as np
from PIL import Image

from colorizer_tf.base.errors import ImageError

NOT_A_PICTURE = "not a picture in a known format"


@contextlib.contextmanager
def decoder_errors() -> Iterator[None]:
    """Turn whatever a decoder raises inside into an `ImageError` with a short reason."""
    try:
        yield
    except ImageError:
        raise
    # Broken files make decoders raise nearly anything: OSError, SyntaxError, ValueError,
    # struct.error, EOFError, ZeroDivisionError, MemoryError, KeyError, ...
    except Exception as error:
        raise ImageError(_reason(error)) from error


def check_size(height: int, width: int) -> None:
    """Refuse what has no pixels, or more than Pillow's limit (about 179 million).

    Raises:
        ImageError: if so.
    """
    if height < 1 or width < 1:
        raise ImageError("a picture without pixels")
    if height * width > max_pixels():
        raise ImageError(_too_large())


def check_decoded_size(samples: np.ndarray, size: tuple[int, int]) -> None:
    """Refuse a picture `(h, w, ...)` that is not of the height and width that its header tells.

    Raises:
        ImageError: if so.
    """
    if samples.shape[:2] != size:
        raise ImageError("broken picture (another size than its header tells)")


def max_pixels() -> int:
    """The most pixels that are decoded: twice Pillow's soft limit, as Pillow itself has it."""
    return 2 * (Image.MAX_IMAGE_PIXELS or 2**62)


def _too_large() -> str:
    return f"more than {max_pixels()} pixels"


def _reason(error: Exception) -> str:
    # Not the library's own text: it holds addresses and offsets, and changes with its versions.
    if isinstance(error, Image.DecompressionBombError):
        return _too_large()
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    text = str(error).lower()
    if isinstance(error, NotImplementedError) or re.search("not supported|unsupported", text):
        return "of a kind that is not supported"
    if isinstance(error, EOFError) or re.search("truncated|too small", text):
        return "truncated picture"
    return f"broken picture ({type(error).__name__})"
