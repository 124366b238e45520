"""EXIF blocks (EXIF 2.32) corrected for the output; nothing else in them changes.

A block is edited in place: changed directories are appended and the rest keeps its offsets, so that
a MakerNote, whose offsets only its maker knows, stays valid. Libraries that write blocks anew lose
it.
"""

import re
import struct
from collections.abc import Mapping

from colorizer_tf.images.orientation import swaps_sides, upright_point, upright_sides
from colorizer_tf.images.tags import (
    LONG,
    SHORT,
    UNDEFINED,
    Entry,
    Field,
    TagFile,
    ascii_field,
    number_field,
    packed_directory,
    ratio_field,
)

# Larger blocks are ignored; EXIF's own limit, that of a JPEG segment, is 64 kB.
MAX_EXIF_BYTES = 8 * 2**20

_DESCRIPTION, _SOFTWARE, _ORIENTATION = 0x010E, 0x0131, 0x0112
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_UPRIGHT, _INCH, _CENTIMETER = 1, 2, 3
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_VERSION, _COLOR_SPACE, _WIDTH, _HEIGHT, _MAKER_NOTE = 0x9000, 0xA001, 0xA002, 0xA003, 0x927C
_SUBJECT_AREA, _SUBJECT_LOCATION = 0x9214, 0xA214
_SRGB = 1
_THUMBNAIL_AT, _THUMBNAIL_SIZE = 0x0201, 0x0202


def _tags(numbers: str) -> frozenset[int]:
    return frozenset(int(number, 16) for number in numbers.split())


# Tags of the first directory that describe the source file's storage, or that are stored elsewhere:
# sizes, strips, white point, subsampling, thumbnail; XMP, IPTC, Photoshop, ICC.
_FILE_TAGS = _tags(
    "00fe 00ff 0100 0101 0102 0103 0106 0107 010a 0111 0115 0116 0117 011c 012d 013d 013e "
    "013f 0140 0142 0143 0144 0145 014a 0152 0153 015b 0201 0202 0211 0212 0213 0214 02bc "
    "83bb 8649 8773"
)

# Tags of a TIFF file's directory that describe the photo: those of EXIF, and Windows' own.
_PHOTO_TAGS = _tags(
    "010d 010e 010f 0110 0112 011a 011b 011d 0128 0129 0131 0132 013b 013c 4746 4749 8298 8769 "
    "8825 9c9b 9c9c 9c9d 9c9e 9c9f"
)
_NOTHING = b"II*\0\0\0\0\0"
# tifffile's note on its array, in place of a description: the picture in color has another shape.
_SHAPE = b'{"shape":'


class ExifDraft:
    """An EXIF block that is being edited.

    Attributes:
        order: its byte order, "<" or ">".
        body: all that stays where it lies.
        tags: the first directory, without the pointer to the Exif directory.
        described: whether the block brought a description of the photo.
    """

    def __init__(self, block: bytes) -> None:
        """Parse a block; a broken or empty one counts as none."""
        try:
            file = TagFile(block[:MAX_EXIF_BYTES])
        except ValueError:
            block, file = _NOTHING, TagFile(_NOTHING)
        first, following = file.directory(file.first)
        self.order, self._file = file.order, file
        description = file.value(first.get(_DESCRIPTION)).strip(b"\0 \t\r\n")
        if description.startswith(_SHAPE):
            first, description = {t: e for t, e in first.items() if t != _DESCRIPTION}, b""
        self.described = bool(description)
        self.tags: dict[int, Field | Entry] = {
            tag: first[tag] for tag in first.keys() - _FILE_TAGS if file.holds(first[tag])
        }
        self._details: dict[int, Field | Entry] = {}
        if self.tags.pop(_EXIF, None):
            details, _ = file.directory(file.number(first[_EXIF]))
            self._details.update((t, entry) for t, entry in details.items() if file.holds(entry))
        if _is_adobe_rgb(file, self._details.get(_INTEROP)):
            del self._details[_INTEROP]
        self.body = _without_thumbnail(block[:MAX_EXIF_BYTES], file, following)

    def describe(
        self, height: int, width: int, dpi: tuple[float, float] | None, orientation: int
    ) -> None:
        """Make it describe an upright sRGB picture.

        Args:
            height: of the upright picture, in pixels.
            width: of the upright picture.
            dpi: its pixels per inch, across and down; None leaves them as they are.
            orientation: EXIF's, of the stored picture, to which coordinates refer.
        """
        self.tags[_ORIENTATION] = number_field(self.order, SHORT, _UPRIGHT)
        if dpi:
            self.tags[_X_RESOLUTION] = ratio_field(self.order, dpi[0])
            self.tags[_Y_RESOLUTION] = ratio_field(self.order, dpi[1])
            self.tags[_RESOLUTION_UNIT] = number_field(self.order, SHORT, _INCH)
        self._details.setdefault(_VERSION, Field(UNDEFINED, 4, b"0232"))
        self._details[_COLOR_SPACE] = number_field(self.order, SHORT, _SRGB)
        self._details[_WIDTH] = number_field(self.order, LONG, width)
        self._details[_HEIGHT] = number_field(self.order, LONG, height)
        for tag in (_SUBJECT_AREA, _SUBJECT_LOCATION):
            if tag in self._details:
                self._turn_subject(tag, orientation, upright_sides(width, height, orientation))

    def credit(self, software: str, description: str | None) -> None:
        """Name the software that made the picture, and describe it if a description is given."""
        self.tags[_SOFTWARE] = ascii_field(software)
        if description:
            self.tags[_DESCRIPTION] = ascii_field(description)

    def _turn_subject(self, tag: int, orientation: int, stored: tuple[float, float]) -> None:
        """Turn a point, a circle (with a diameter) or a rectangle (with two sides), in pixels."""
        entry = self._details[tag]
        value = self._file.value(entry) if isinstance(entry, Entry) else b""
        if entry.kind != SHORT or entry.length not in (2, 3, 4) or not value:
            return
        x, y, *sides = struct.unpack(f"{self.order}{entry.length}H", value)
        shares = upright_point(x / stored[0], y / stored[1], orientation)
        across, down = upright_sides(*stored, orientation)
        if len(sides) == 2 and swaps_sides(orientation):
            sides.reverse()
        place = (round(shares[0] * across), round(shares[1] * down))
        numbers = [min(max(number, 0), 65_535) for number in (*place, *sides)]
        self._details[tag] = number_field(self.order, SHORT, *numbers)

    def packed(self) -> bytes:
        """The block, from its TIFF header on."""
        body = bytearray(self.body)
        tags = {**self.tags, _EXIF: self.add_details(body)}
        struct.pack_into(self.order + "I", body, 4, len(body))
        return bytes(body) + packed_directory(tags, self.order, len(body))

    def add_details(self, body: bytearray) -> Field:
        """Append the Exif directory to a body and return the tag that points to it."""
        pointer = number_field(self.order, LONG, len(body))
        body += packed_directory(self._details, self.order, len(body))
        return pointer


def compact_exif(data: bytes, directory: Mapping[int, Entry] | None = None) -> bytes:
    """An EXIF block with the tags of a TIFF file or of another block that describe the photo.

    MakerNotes are left out, since their offsets would break. Empty if the data is broken.

    Args:
        data: the file or block.
        directory: the page's that is meant; else the first.
    """
    try:
        file = TagFile(data)
    except ValueError:
        return b""
    first = file.directory(file.first)[0] if directory is None else directory
    tags = _values(file, {tag: first[tag] for tag in _PHOTO_TAGS & first.keys()})
    if not tags:
        return b""
    block = bytearray(struct.pack(file.order + "2sHI", data[:2], 42, 0))
    for pointer in (_EXIF, _GPS):
        if tags.pop(pointer, None):
            inner, _ = file.directory(file.number(first[pointer]))
            tags[pointer] = number_field(file.order, LONG, len(block))
            kept = {tag: inner[tag] for tag in inner.keys() - {_MAKER_NOTE, _INTEROP}}
            block += packed_directory(_values(file, kept), file.order, len(block))
    struct.pack_into(file.order + "I", block, 4, len(block))
    return bytes(block) + packed_directory(tags, file.order, len(block))


def dpi_of_tags(file: TagFile) -> tuple[float, float] | None:
    """Pixels per inch by the first directory, across and down the picture as it is stored."""
    return dpi_of_directory(file, file.directory(file.first)[0])


def dpi_of_directory(file: TagFile, directory: Mapping[int, Entry]) -> tuple[float, float] | None:
    """Pixels per inch by a directory, across and down the picture as it is stored."""
    across, down = (file.ratio(directory.get(tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    unit = file.number(directory.get(_RESOLUTION_UNIT)) or _INCH
    factor = {_INCH: 1.0, _CENTIMETER: 2.54}.get(unit, 0.0)
    return (across * factor, down * factor) if factor and across > 0 and down > 0 else None


def orientation_of(exif: bytes, xmp: bytes) -> int:
    """The orientation, 1 to 8, by an EXIF block, or else by an XMP packet; 1 if neither has one."""
    try:
        file = TagFile(exif)
    except ValueError:
        orientation = 0
    else:
        orientation = file.number(file.directory(file.first)[0].get(_ORIENTATION))
    if 1 <= orientation <= 8:
        return orientation
    found = re.search(rb'tiff:Orientation(?:="|>)([1-8])', xmp)
    return int(found[1]) if found else 1


def _values(file: TagFile, entries: dict[int, Entry]) -> dict[int, Field]:
    """The entries with their values, up to 8 MiB in total."""
    fields: dict[int, Field] = {}
    left = MAX_EXIF_BYTES
    for tag, entry in sorted(entries.items()):
        value = file.value(entry)
        left -= len(value)
        if value and left >= 0 and entry.kind < 16:
            fields[tag] = Field(entry.kind, entry.length, value)
    return fields


def _is_adobe_rgb(file: TagFile, pointer: Field | Entry | None) -> bool:
    """Whether the interoperability directory marks Adobe RGB (DCF 2.0)."""
    if not isinstance(pointer, Entry):
        return False
    inner, _ = file.directory(file.number(pointer))
    return file.value(inner.get(0x0001)).startswith(b"R03")


def _without_thumbnail(block: bytes, file: TagFile, offset: int) -> bytearray:
    """The block with its thumbnail's bytes cut off or blanked, and an even length."""
    body = bytearray(block)
    if offset:
        second, _ = file.directory(offset)
        at, size = (file.number(second.get(tag)) for tag in (_THUMBNAIL_AT, _THUMBNAIL_SIZE))
        # A broken directory may point into the header.
        if 8 <= at < at + size <= len(body):
            body[at : at + size] = bytes(size)
            if len(body) - (at + size) < 4:
                del body[at:]
    if len(body) % 2:
        body.append(0)
    return body
