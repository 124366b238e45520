"""Image files read with a limit."""

import stat
from pathlib import Path

from colorizer_tf.base.errors import ImageError

MAX_FILE_BYTES = 512 * 2**20


def read_file(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises:
        ImageError: if there is none, it cannot be read or is larger; the message is the reason.
    """
    try:
        # Checked before opening: opening a pipe waits for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImageError("not a regular file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ImageError((error.strerror or type(error).__name__).lower()) from error
    if len(data) > limit:
        raise ImageError(f"larger than {limit} bytes")
    return data
