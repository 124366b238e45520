"""Paths from a list: a file, or what another program writes into a pipe."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.finding import Asked

# Linux takes paths of up to 4096 bytes, Windows of up to 32767 characters.
_MAX_PATH_BYTES = 2**17
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_list(file: BinaryIO, *, null: bool = False) -> Iterator[Asked]:
    """The paths in a list, one a line; each keeps its place below the output folder.

    Args:
        file: bytes in the file system's encoding, any bytes a name may have.
        null: paths end in a NUL byte, not in a newline: for names that hold newlines.

    Raises:
        UsageError: if a path is longer than any can be.
    """
    end = b"\0" if null else b"\n"
    first = True
    for line in _pieces(file, end):
        path = line.removeprefix(_BYTE_ORDER_MARK) if first else line
        first = False
        if not null:
            path = path.rstrip(b"\r")
        if path:
            spelled = os.fsdecode(path)
            yield Asked(spelled, _kept(spelled))


def _pieces(file: BinaryIO, end: bytes) -> Iterator[bytes]:
    rest = b""
    while block := file.read(2**16):
        *whole, rest = (rest + block).split(end)
        yield from whole
        if len(rest) > _MAX_PATH_BYTES:
            raise UsageError(
                "the list of photos: received a path of more than "
                f"{_MAX_PATH_BYTES} bytes, expected one path a line (--null: NUL after each)"
            )
    yield rest


def _kept(path: str) -> str:
    """Its place below the output folder: the whole path, without root, drive and `..`."""
    normal = Path(os.path.normpath(path))
    return os.sep.join(part for part in normal.parts if part not in (normal.anchor, ".."))
