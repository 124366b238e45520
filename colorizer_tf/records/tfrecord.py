"""TFRecord files without TensorFlow: a shard's bytes are written and read as they are framed.

A record is its length (uint64), the masked CRC-32C of that, its bytes, and theirs, little-endian:
https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_BUFFER_BYTES = 2**20
# More than any photo's record, and little enough to be read at once.
_MAX_RECORD_BYTES = 2**30


class TFRecordWriter:
    """Writes records to a file, and takes the file's size and CRC-32C.

    Attributes:
        size: bytes written so far.
        crc: their CRC-32C.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.crc = 0

    def write(self, record: bytes) -> None:
        """Append a record."""
        length = _LENGTH.pack(len(record))
        head = length + _CHECKSUM.pack(_masked(length))
        for part in (head, record, _CHECKSUM.pack(_masked(record))):
            self._file.write(part)
            self.size += len(part)
            self.crc = google_crc32c.extend(self.crc, part)


def read_tfrecords(path: Path) -> Iterator[bytes]:
    """The records of a file.

    Raises:
        ValueError: at a record that is cut off or whose checksum is wrong; the message says which.
        OSError: if the file cannot be read.
    """
    with path.open("rb", buffering=_BUFFER_BYTES) as file:
        while head := file.read(_LENGTH.size + _CHECKSUM.size):
            length = _checked(head, "the checksum of its length is wrong")
            (count,) = _LENGTH.unpack(length)
            if count > _MAX_RECORD_BYTES:
                raise ValueError(f"it has {count} bytes, more than any photo's record")
            yield _checked(file.read(count + _CHECKSUM.size), "its checksum is wrong", count)


def file_crc(path: Path) -> tuple[int, int]:
    """A file's size and CRC-32C."""
    size = crc = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BUFFER_BYTES):
            size += len(block)
            crc = google_crc32c.extend(crc, block)
    return size, crc


def _checked(data: bytes, problem: str, count: int = _LENGTH.size) -> bytes:
    if len(data) != count + _CHECKSUM.size:
        raise ValueError("it is cut off")
    content = data[:count]
    if _CHECKSUM.unpack(data[count:]) != (_masked(content),):
        raise ValueError(problem)
    return content


def _masked(data: bytes) -> int:
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
