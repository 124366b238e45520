"""Locks of folders that one process at a time may write to."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError


@contextlib.contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Create a folder if it is missing, and keep other runs of colorizer-tf out of it.

    Raises:
        ColorizerError: if it cannot be created, or another run is writing there.
    """
    handle = -1
    try:
        out.mkdir(parents=True, exist_ok=True)
        if sys.platform != "win32":
            # The folder itself is locked: no lock file stays behind, however this process ends.
            handle = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise ColorizerError(f"cannot use {out}: {error.strerror}; choose another --out") from error
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise ColorizerError(
            f"another colorizer-tf is writing to {out}: wait for it to end, or choose another --out"
        ) from None
    except OSError:  # some network file systems know no locks
        pass
    try:
        yield
    finally:
        os.close(handle)
