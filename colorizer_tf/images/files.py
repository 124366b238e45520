"""Files read with a limit and written whole."""

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from colorizer_tf.base.errors import ImageError, cannot_write

MAX_FILE_BYTES = 512 * 2**20


def read_file(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises:
        ImageError: if there is none, it cannot be read or is larger; the message is the reason.
    """
    try:
        # Not opened unless regular: opening a pipe waits for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImageError("not a regular file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ImageError((error.strerror or type(error).__name__).lower()) from error
    if len(data) > limit:
        raise ImageError(f"larger than {limit} bytes")
    return data


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file whole or not at all: to a temporary name beside it, which then takes its place.

    Args:
        path: the file.
        data: its content.
        durable: wait until the disk has it, so that a power failure cannot leave it empty.

    Raises:
        ColorizerError: if it cannot be written; the temporary file is gone then.
    """
    with replacing(path, durable=durable) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write to, which takes the path's place when the context ends without an error.

    Raises:
        ColorizerError: as `write_atomic`.
    """
    # A name of its own, not the target's plus a suffix: that one could be too long.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with temporary.open("xb") as file:
                yield file
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def is_part(name: str) -> bool:
    """Whether a file is called as those are that `replacing` writes to: a kill leaves them."""
    return re.fullmatch(r"\.[0-9a-f]{16}\.part", name) is not None
