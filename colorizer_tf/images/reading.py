"""Each format's reader, and which files are read in a process of their own."""

import importlib
import logging
from typing import Protocol, cast

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import jpeg
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.isolation import DecoderProcesses
from colorizer_tf.images.limits import NOT_A_PICTURE, decoder_errors
from colorizer_tf.images.photo import Header, StoredPhoto

# Imported when the first file of a format is met.
_MODULE_OF = {
    "avif": "avif",
    "bmp": "pillow_reading",
    "gif": "pillow_reading",
    "heic": "heic",
    "jpeg": "jpeg",
    "jpeg2000": "jpeg2000",
    "jpegxl": "jpegxl",
    "png": "png",
    "pnm": "pnm",
    "psd": "psd",
    "tga": "pillow_reading",
    "tiff": "tiff",
    "webp": "pillow_reading",
}
_ALWAYS_ISOLATED = frozenset({"heic", "jpeg2000", "jpegxl"})
_SOMETIMES_ISOLATED = frozenset({"avif", "jpeg", "tiff"})

# What is wrong with a file is in the error: not on a user's terminal besides.
for _library in ("imagecodecs", "tifffile"):
    logging.getLogger(_library).addHandler(logging.NullHandler())

_decoders = DecoderProcesses("colorizer_tf.images.reading")


class _Reader(Protocol):
    def read_header(self, data: bytes) -> Header: ...

    def read(self, data: bytes) -> StoredPhoto: ...


def read_header(data: bytes) -> Header:
    """Size and metadata of an image file.

    Raises:
        ImageError: if it is broken as far as the header tells; the message is a short reason.
    """
    if _is_isolated(data):
        return _decoders.read_header(data)
    return read_header_here(data)


def read(data: bytes, min_side: int | None = None) -> StoredPhoto:
    """Pixels and metadata of an image file.

    Formats and depths that are seldom met are decoded in a process kept for that: a decoder that
    crashes costs one file.

    Args:
        data: the file's content.
        min_side: for a common JPEG, as in `jpeg.read`.

    Raises:
        ImageError: if it is not a whole picture; the message is a short reason.
    """
    if _is_isolated(data):
        return _decoders.read(data)
    with decoder_errors():
        if kind_of(data) == "jpeg":
            return jpeg.read(data, min_side)
    return read_here(data)


def read_header_here(data: bytes) -> Header:
    """As `read_header`, in this process."""
    with decoder_errors():
        return _reader(data).read_header(data)


def read_here(data: bytes) -> StoredPhoto:
    """As `read`, in this process."""
    with decoder_errors():
        return _reader(data).read(data)


def _reader(data: bytes) -> _Reader:
    if not data:
        raise ImageError("empty file")
    module = _MODULE_OF.get(kind_of(data))
    if not module:
        raise ImageError(NOT_A_PICTURE)
    return cast(_Reader, importlib.import_module(f"colorizer_tf.images.{module}"))


def _is_isolated(data: bytes) -> bool:
    kind = kind_of(data)
    if kind in _SOMETIMES_ISOLATED:
        with decoder_errors():
            reader = importlib.import_module(f"colorizer_tf.images.{kind}")
            return not reader.is_common(data)
    return kind in _ALWAYS_ISOLATED
