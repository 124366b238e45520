"""Lists of paths: a file, or what another program writes into a pipe."""

import codecs
import os
from collections.abc import Iterator
from typing import BinaryIO

from colorizer_tf.base.errors import UsageError

# Linux takes paths of up to 4096 bytes, Windows of up to 32767 characters.
_MAX_PATH_BYTES = 2**17
_BLOCK_BYTES = 2**16
_MARKS = (
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_paths(file: BinaryIO, *, null: bool = False) -> Iterator[str]:
    """The paths in a list, one a line.

    Args:
        file: bytes in the file system's encoding, any bytes that a name may have; or UTF-16 or
            UTF-32 with a byte order mark, as PowerShell's `>` writes.
        null: paths end in a NUL byte, not in a newline: for names that hold newlines.

    Raises:
        UsageError: if a path is longer than any can be or holds a NUL, or the encoding is broken.
    """
    for line in _lines(_as_bytes(file), b"\0" if null else b"\n"):
        path = line if null else line.rstrip(b"\r")
        if b"\0" in path:
            raise UsageError(
                "the list of photos: received NUL bytes, expected one path a line; --null is for "
                "paths that end in NUL, and UTF-16 needs its byte order mark"
            )
        if path:
            yield os.fsdecode(path)


def _as_bytes(file: BinaryIO) -> Iterator[bytes]:
    """The list in blocks, in the file system's encoding."""
    start = file.read(_BLOCK_BYTES)
    mark, encoding = next(((m, e) for m, e in _MARKS if start.startswith(m)), (b"", ""))
    blocks = _blocks(start.removeprefix(mark), file)
    if not encoding:
        yield from blocks
        return
    # Windows takes names that are not valid UTF-16.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for block in blocks:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise UsageError(
            f"the list of photos: received broken {encoding.upper()}, expected one path a line"
        ) from None


def _blocks(start: bytes, file: BinaryIO) -> Iterator[bytes]:
    while start:
        yield start
        start = file.read(_BLOCK_BYTES)


def _lines(blocks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(end)
        yield from whole
        if len(rest) > _MAX_PATH_BYTES:
            raise UsageError(
                "the list of photos: received a path of more than "
                f"{_MAX_PATH_BYTES} bytes, expected one path a line (--null: NUL after each)"
            )
    yield rest
