"""A TIFF page copied as it is: tags, strips and tiles, compressed as they are."""

import struct

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.exif import compact_exif
from colorizer_tf.images.tags import (
    LONG,
    Entry,
    Field,
    TagFile,
    empty_block,
    number_field,
    packed_directory,
)

_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 0x0111, 0x0117, 0x0144, 0x0145
_JPEG, _JPEG_SIZE = 0x0201, 0x0202
_BLOCKS = {_STRIPS: _STRIP_SIZES, _TILES: _TILE_SIZES, _JPEG: _JPEG_SIZE}
# Directories below this one: reduced copies, EXIF, GPS, interoperability.
_POINTERS = frozenset({0x014A, 0x8769, 0x8825, 0xA005})
_EXIF, _GPS = 0x8769, 0x8825
# Places of the tables of old JPEG.
_TABLES = frozenset({0x0207, 0x0208, 0x0209})
_WIDE_TYPES = frozenset({16, 18})
# What tags may add to a copy of all pixels.
_MOST_TAGS = 2**25


def copied_page(data: bytes, page: dict[int, Entry]) -> bytes:
    """A classic TIFF file of one page of another, in its byte order.

    EXIF and GPS are copied but for MakerNotes; reduced copies below the page are left behind.

    Raises:
        ImageError: if a strip or tile is missing, or it is compressed as old JPEG with tables.
    """
    file = TagFile(data)
    if _TABLES & page.keys():
        raise ImageError("old JPEG, which cannot be kept as it is")
    # First, so that its offsets stay good.
    only = {tag: page[tag] for tag in (_EXIF, _GPS) if tag in page}
    body = bytearray(compact_exif(data, only) or empty_block(file.order))
    details = TagFile(bytes(body))
    fields = _plain_fields(file, page)
    if details.first:
        fields |= details.directory(details.first)[0]
    for offsets, sizes in _BLOCKS.items():
        if offsets in page:
            places = _copy_blocks(data, file, (page[offsets], page.get(sizes)), body)
            fields[offsets] = number_field(file.order, LONG, *places)
    if not fields.keys() & _BLOCKS.keys():
        raise ImageError("truncated picture")
    struct.pack_into(file.order + "I", body, 4, len(body))
    return bytes(body) + packed_directory(fields, file.order, len(body))


def _plain_fields(file: TagFile, page: dict[int, Entry]) -> dict[int, Field | Entry]:
    fields: dict[int, Field | Entry] = {}
    for tag, entry in page.items():
        value = file.value(entry)
        if not value or tag in _POINTERS or tag in _BLOCKS:
            continue
        if entry.kind in _WIDE_TYPES:
            fields[tag] = number_field(file.order, LONG, *_narrow(file.numbers(entry)))
        elif entry.kind < min(_WIDE_TYPES):
            fields[tag] = Field(entry.kind, entry.length, value)
    return fields


def _copy_blocks(
    data: bytes, file: TagFile, entries: tuple[Entry, Entry | None], body: bytearray
) -> list[int]:
    """Append strips or tiles to the body; returns where they lie."""
    offsets, sizes = (file.numbers(each) for each in entries)
    if not offsets or len(offsets) != len(sizes):
        raise ImageError("truncated picture")
    places = []
    for offset, size in zip(offsets, sizes, strict=True):
        if offset + size > len(data) or len(body) > len(data) + _MOST_TAGS:
            raise ImageError("truncated picture")
        places.append(len(body))
        body += data[offset : offset + size]
        body += bytes(len(body) % 2)
    return places


def _narrow(numbers: list[int]) -> list[int]:
    if max(numbers) >= 2**32:
        raise ImageError("larger than 4 GB")
    return numbers
