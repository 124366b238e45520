"""Files that appear whole or not at all, and what a killed process leaves of them."""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from colorizer_tf.base.errors import cannot_write


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


def remove_parts(folder: Path) -> None:
    """Remove the half-written files that a killed process left in a folder, and nothing else."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _is_part(entry.name) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink()


def _is_part(name: str) -> bool:
    """Whether a file has a name that `replacing` writes under."""
    return re.fullmatch(r"\.[0-9a-f]{16}\.part", name) is not None
