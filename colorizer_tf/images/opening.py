"""Pillow with its traps closed: few formats, no warnings, one kind of error, a pixel limit."""

import contextlib
import io
import re
import threading
import warnings
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.formats import FORMATS


@contextlib.contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """The image file, header read, pixels not yet; what goes wrong inside is an `ImageError`.

    Raises:
        ImageError: with a short reason.
    """
    with reasons(), _without_pillow_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as im:
        yield im


@contextlib.contextmanager
def reasons() -> Iterator[None]:
    """Whatever a decoder raises inside becomes an `ImageError` with a short reason."""
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
    if Image.MAX_IMAGE_PIXELS and height * width > 2 * Image.MAX_IMAGE_PIXELS:
        raise ImageError(_too_large())


def _too_large() -> str:
    return f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels"


def _reason(error: Exception) -> str:
    # Not the library's own text: it holds addresses and offsets, and changes with its versions.
    if isinstance(error, UnidentifiedImageError):
        return "not a picture in a known format"
    if isinstance(error, Image.DecompressionBombError):
        return _too_large()
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    if isinstance(error, EOFError) or re.search("truncated|too small", str(error).lower()):
        return "truncated picture"
    return f"broken picture ({type(error).__name__})"


_warnings_lock = threading.Lock()
_warnings_off = contextlib.ExitStack()
_decoding = 0


@contextlib.contextmanager
def _without_pillow_warnings() -> Iterator[None]:
    """Pillow's warnings off (its soft pixel limit, corrupt EXIF) while any thread decodes."""
    # `catch_warnings` in overlapping threads would restore the filters in the wrong order.
    global _decoding
    with _warnings_lock:
        if _decoding == 0:
            _warnings_off.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _decoding += 1
    try:
        yield
    finally:
        with _warnings_lock:
            _decoding -= 1
            if _decoding == 0:
                _warnings_off.close()
