"""A second reader of TFRecord files and their protobuf, written from the formats' descriptions.

https://www.tensorflow.org/tutorials/load_data/tfrecord and https://protobuf.dev/programming-guides/encoding
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), reflected: RFC 3720, appendix B.4


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def read_frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while head := file.read(12):
            length, length_crc = struct.unpack("<QI", head)
            assert length_crc == masked_crc32c(head[:8])
            data = file.read(length)
            (crc,) = struct.unpack("<I", file.read(4))
            assert crc == masked_crc32c(data)
            yield data


def read_records(folder: Path, split: str = "*") -> list[dict[str, bytes | int]]:
    """All records of a set as {feature: its one value}."""
    paths = sorted(folder.glob(f"{split}-*.tfrecord"))
    return [parse_example(data) for path in paths for data in read_frames(path)]


def parse_example(data: bytes) -> dict[str, bytes | int]:
    """Example.features(1).feature(1): a map of name(1) to Feature(2) of bytes(1) or int64(3)."""
    values: dict[str, bytes | int] = {}
    (features,) = _fields(data)[1]
    for entry in _fields(features)[1]:
        fields = _fields(entry)
        ((kind, (value,)),) = _fields(fields[2][0]).items()
        (content,) = _fields(value)[1]
        # A list of integers is packed: varints one after the other.
        values[fields[1][0].decode()] = content if kind == 1 else _varint(content, 0)[0]
    return values


def _fields(data: bytes) -> dict[int, list[bytes]]:
    fields: dict[int, list[bytes]] = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        assert tag & 7 == 2, "only length-delimited fields are met here"
        length, place = _varint(data, place)
        fields.setdefault(tag >> 3, []).append(data[place : place + length])
        place += length
    return fields


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
