"""The temporary folder for the page's uploads and results, deleted after some minutes."""

import contextlib
import math
import os
import secrets
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from colorizer_tf.serve.errors import BusyError

MAX_BYTES = 4 * 2**30
# An upload that got no byte for so long was interrupted: the server ends slower ones before.
UNFINISHED_SECONDS = 60.0
# Counting all files takes at most this share of the time, and is done at most once a second.
_COUNTING_SHARE, _COUNTING_PAUSE = 0.05, 1.0


class SessionFiles:
    """A folder whose files are deleted some minutes after they were last written.

    Gradio's `delete_cache` deletes only the files that it has registered: not interrupted uploads,
    and no folders.

    Attributes:
        folder: the folder.
    """

    def __init__(self, folder: Path, keep_seconds: float) -> None:
        """Use an existing folder.

        Args:
            folder: nothing else writes there.
            keep_seconds: how long files are kept.
        """
        self.folder, self._keep_seconds = folder, keep_seconds
        self._permanent: frozenset[Path] = frozenset()
        self._stopped = threading.Event()
        self._held, self._next_count = 0, 0.0

    def keep_existing(self) -> None:
        """Exempt the files that exist now from deletion: the page's own images."""
        self._permanent = frozenset(path for path in self._paths() if path.is_file())

    def new_path(self, name: str) -> Path:
        """A path for a file, in a new folder whose name cannot be guessed."""
        parent = self.folder / secrets.token_hex(32)
        parent.mkdir()
        return parent / name

    def check_space(self, num_bytes: int) -> None:
        """Take up so many bytes of what the folder may hold.

        Requests wait for it, so the files are not counted for each: until the next count, what
        was taken up meanwhile is held to be in the folder.

        Raises:
            BusyError: if it may not hold them.
        """
        start = time.monotonic()
        if start >= self._next_count:
            self._held = sum(_size(path) for path in self._paths())
            end = time.monotonic()
            self._next_count = end + max(_COUNTING_PAUSE, (end - start) / _COUNTING_SHARE)
        if self._held + num_bytes > MAX_BYTES:
            raise BusyError("busy: the server holds too many photos; try again in some minutes")
        self._held += num_bytes

    def delete_expired(self) -> None:
        """Delete files older than `keep_seconds`, and folders that are empty since then.

        Interrupted uploads go earlier: Gradio writes uploads into the folder itself, and moves
        those that are whole.
        """
        now = time.time()
        for path in self._paths():
            with contextlib.suppress(OSError):
                state = path.stat()
                is_upload = path.parent == self.folder and stat.S_ISREG(state.st_mode)
                keep = min(self._keep_seconds, UNFINISHED_SECONDS if is_upload else math.inf)
                if state.st_ctime > now - keep or path in self._permanent:
                    continue
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()

    def _paths(self) -> Iterator[Path]:
        """All files and folders, a folder after its content; those that vanish are passed by."""
        # Gradio deletes folders at the same time, on which `Path.rglob` would raise.
        for root, folders, files in os.walk(self.folder, topdown=False):
            yield from (Path(root, name) for name in (*files, *folders))

    @contextlib.contextmanager
    def deleting_expired(self) -> Iterator[None]:
        """Delete expired files periodically until the context ends."""
        pause = min(self._keep_seconds / 4, 60.0)

        def run() -> None:
            while not self._stopped.wait(pause):
                self.delete_expired()

        thread = threading.Thread(target=run, name="session-files", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


@contextlib.contextmanager
def temporary_session_files(keep_seconds: float) -> Iterator[SessionFiles]:
    """Session files in a folder that only this user may read, removed when the context ends."""
    with tempfile.TemporaryDirectory(
        prefix="colorizer-tf-serve-", ignore_cleanup_errors=True
    ) as folder:
        yield SessionFiles(Path(os.path.realpath(folder)), keep_seconds)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
