"""TIFF files of several pages, written page by page."""

import struct
from typing import BinaryIO

import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.encoding import encode_photo
from colorizer_tf.images.pages.page import KeptPage, Page
from colorizer_tf.images.tags import size_of_kind

# Tags whose values are offsets: of strips, tiles and an old JPEG; of directories.
_BLOCK_TAGS = frozenset({0x0111, 0x0144, 0x0201})
_DIRECTORY_TAGS = frozenset({0x8769, 0x8825, 0xA005})
_HEADER_BYTES, _MOST_BYTES = 8, 2**32


class TiffOutput:
    """A TIFF file, each page of which is written as it comes; see `PagesOutput`."""

    def __init__(self, stream: BinaryIO, made_by: str) -> None:
        """Start it.

        Args:
            stream: can be sought in; is at its start.
            made_by: the model's name, for the metadata.
        """
        self._stream, self._end, self._link = stream, 0, 0
        self._made_by = made_by

    def add(self, page: Page | KeptPage, rgb: np.ndarray | None) -> None:
        """See `PagesOutput`."""
        if isinstance(page, KeptPage):
            self._append(page.content)
        elif rgb is not None:
            photo = page.photo
            self._append(encode_photo(rgb, "tiff", like=photo, quality=100, made_by=self._made_by))

    def finish(self) -> None:
        """See `PagesOutput`: all is written already."""

    def _append(self, page: bytes) -> None:
        """Append the page of a classic TIFF file, of the byte order of the first one."""
        order = "<" if page[:2] == b"II" else ">"
        if not self._end:
            self._stream.write(page[:4] + bytes(4))
            self._end, self._link = _HEADER_BYTES, 4
        if self._end + len(page) >= _MOST_BYTES:
            raise ImageError("more than 4 GB in color, the most that TIFF holds")
        moved = bytearray(page)
        (first,) = struct.unpack_from(order + "I", moved, 4)
        shift = self._end - _HEADER_BYTES
        _move(moved, first, shift, order)
        self._stream.write(memoryview(moved)[_HEADER_BYTES:])
        end = self._stream.tell()
        self._stream.seek(self._link)
        self._stream.write(struct.pack(order + "I", first + shift))
        (count,) = struct.unpack_from(order + "H", moved, first)
        self._link = first + shift + 2 + 12 * count
        self._stream.seek(end)
        self._end = end + self._stream.write(bytes(end % 2))


def _move(page: bytearray, directory: int, shift: int, order: str) -> None:
    """Add a shift to all offsets in a directory."""
    (count,) = struct.unpack_from(order + "H", page, directory)
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", page, at)
        values_at = at + 8
        if size_of_kind(kind) * length > 4:
            (values_at,) = struct.unpack_from(order + "I", page, values_at)
            struct.pack_into(order + "I", page, at + 8, values_at + shift)
        if tag in _DIRECTORY_TAGS:
            (inner,) = struct.unpack_from(order + "I", page, values_at)
            _move(page, inner, shift, order)
        if tag in _DIRECTORY_TAGS or tag in _BLOCK_TAGS:
            # Written by us: always LONG.
            places = np.frombuffer(page, order + "u4", length, values_at)
            places += np.uint32(shift)
