"""TIFF's tag directories (TIFF 6.0, section 2), which EXIF blocks are made of too."""

import struct
from collections.abc import Mapping
from typing import NamedTuple

# Values larger than this are pixels or broken: strip tables, thumbnails of raw files.
MAX_VALUE_BYTES = 8 * 2**20

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
_SIZE_OF = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZE_OF_BIG = {**_SIZE_OF, 16: 8, 17: 8, 18: 8}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


class Field(NamedTuple):
    """A tag's value: TIFF type, count, and its bytes in the file's byte order."""

    kind: int
    length: int
    value: bytes


class Entry(NamedTuple):
    """A tag as a directory lists it: type, count, and the bytes that hold or place the value."""

    kind: int
    length: int
    inline: bytes


class TagFile:
    """The directories of a TIFF file or an EXIF block; what points outside of the data is ignored.

    Attributes:
        order: "<" or ">", as `struct` has it.
        first: where the first directory lies.
    """

    def __init__(self, data: bytes) -> None:
        """Read the header.

        Raises:
            ValueError: if there is none.
        """
        self._data = data
        self.order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
        if not self.order or len(data) < 8:
            raise ValueError("no TIFF header")
        self._big = struct.unpack_from(self.order + "H", data, 2)[0] == 43
        if self._big:
            (self.first,) = struct.unpack_from(self.order + "Q", data.ljust(16, b"\0"), 8)
        else:
            (self.first,) = struct.unpack_from(self.order + "I", data, 4)

    def directory(self, offset: int) -> tuple[dict[int, Entry], int]:
        """The entries of a directory by tag, and where the next one lies, or 0."""
        count_code, entry_code, next_code = (
            ("Q", "HHQ8s", "Q") if self._big else ("H", "HHI4s", "I")
        )
        try:
            (count,) = struct.unpack_from(self.order + count_code, self._data, offset)
        except (struct.error, OverflowError):
            return {}, 0
        start, step = offset + struct.calcsize("=" + count_code), struct.calcsize("=" + entry_code)
        end = start + count * step
        table = self._data[start : min(end, len(self._data))]
        whole = table[: len(table) // step * step]
        entries = {
            tag: Entry(*rest) for tag, *rest in struct.iter_unpack(self.order + entry_code, whole)
        }
        try:
            (following,) = struct.unpack_from(self.order + next_code, self._data, end)
        except (struct.error, OverflowError):
            following = 0
        return entries, following

    def value(self, entry: Entry | None) -> bytes:
        """The bytes of a value; empty if its type is unknown, or it is cut off or very large."""
        if entry is None or not self.holds(entry):
            return b""
        size = self._size(entry)
        if size <= len(entry.inline):
            return entry.inline[:size]
        offset = self._offset(entry)
        return self._data[offset : offset + size]

    def holds(self, entry: Entry) -> bool:
        """Whether the data holds the whole value of an entry, of a known type and usual size."""
        size = self._size(entry)
        if size <= len(entry.inline):
            return size > 0
        return size <= MAX_VALUE_BYTES and self._offset(entry) + size <= len(self._data)

    def _size(self, entry: Entry) -> int:
        return (_SIZE_OF_BIG if self._big else _SIZE_OF).get(entry.kind, 0) * entry.length

    def _offset(self, entry: Entry) -> int:
        (offset,) = struct.unpack(self.order + ("Q" if self._big else "I"), entry.inline)
        return int(offset)

    def number(self, entry: Entry | None) -> int:
        """The first value of an integer tag; 0 if it has none."""
        value = self.value(entry)
        code = _INTEGER_CODES.get(entry.kind if entry else 0)
        if not code or len(value) < struct.calcsize("=" + code):
            return 0
        (number,) = struct.unpack_from(self.order + code, value)
        return int(number)

    def numbers(self, entry: Entry | None) -> list[int]:
        """All values of an integer tag; none if its value is not whole."""
        value = self.value(entry)
        code = _INTEGER_CODES.get(entry.kind) if entry else None
        if not code or not value:
            return []
        return [number for (number,) in struct.iter_unpack(self.order + code, value)]

    def ratio(self, entry: Entry | None) -> float:
        """The first value of a RATIONAL tag; 0 if it has none."""
        value = self.value(entry) if entry and entry.kind == RATIONAL else b""
        if len(value) < 8:
            return 0.0
        above, below = struct.unpack_from(self.order + "II", value)
        return above / below if below else 0.0


def empty_block(order: str) -> bytes:
    """A TIFF header without a directory."""
    return struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 0)


def packed_directory(fields: Mapping[int, Field | Entry], order: str, offset: int) -> bytes:
    """A directory and its values, to be stored at an even `offset`, with no directory after it.

    Entries are copied as they are: what they point to must keep its offset.
    """
    table, values = bytearray(), bytearray()
    values_at = offset + 2 + 12 * len(fields) + 4
    for tag, field in sorted(fields.items()):
        if isinstance(field, Entry):
            inline = field.inline
        elif len(field.value) <= 4:
            inline = field.value.ljust(4, b"\0")
        else:
            inline = struct.pack(order + "I", values_at + len(values))
            values += field.value + b"\0" * (len(field.value) % 2)
        table += struct.pack(order + "HHI4s", tag, field.kind, field.length, inline)
    return struct.pack(order + "H", len(fields)) + bytes(table) + b"\0\0\0\0" + bytes(values)


def size_of_kind(kind: int) -> int:
    """Bytes of one value of a TIFF type; 0 if the type is not known."""
    return _SIZE_OF.get(kind, 0)


def ascii_field(text: str) -> Field:
    """Text as TIFF and EXIF have it: ASCII, ended by a null; other letters as escapes."""
    value = text.encode("ascii", "backslashreplace") + b"\0"
    return Field(ASCII, len(value), value)


def number_field(order: str, kind: int, *numbers: int) -> Field:
    """Integers of type SHORT or LONG."""
    code = "H" if kind == SHORT else "I"
    return Field(kind, len(numbers), struct.pack(f"{order}{len(numbers)}{code}", *numbers))


def ratio_field(order: str, ratio: float) -> Field:
    """A ratio to four decimal places."""
    whole = round(ratio * 10_000)
    pair = (whole // 10_000, 1) if whole % 10_000 == 0 else (whole, 10_000)
    return Field(RATIONAL, 1, struct.pack(order + "II", *pair))
