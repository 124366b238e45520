"""The folder that holds visitors' photos for a while, private to one server and gone with it."""

import contextlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from colorizer_tf.serve.studio import BusyError

MAX_BYTES = 4 * 2**30


class Scratch:
    """A temporary folder whose files are deleted some minutes after they were last written.

    Attributes:
        folder: the folder.
    """

    def __init__(self, folder: Path, keep_seconds: float) -> None:
        """Take a folder that exists.

        Args:
            folder: nobody else writes there.
            keep_seconds: how long files are kept.
        """
        self.folder, self._keep_seconds = folder, keep_seconds
        self._lasting: frozenset[Path] = frozenset()
        self._over = threading.Event()

    def keep_for_good(self) -> None:
        """Never sweep what is there now, such as the page's own pictures."""
        self._lasting = frozenset(path for path in self.folder.rglob("*") if path.is_file())

    def new_file(self, name: str) -> Path:
        """A path for a file that cannot be guessed, in a folder of its own, which is made."""
        place = self.folder / secrets.token_hex(32)
        place.mkdir()
        return place / name

    def check_room(self, coming: int) -> None:
        """Refuse so many further bytes if the folder is full.

        Raises:
            BusyError: if it is.
        """
        held = sum(_size(path) for path in self.folder.rglob("*"))
        if held + coming > MAX_BYTES:
            raise BusyError("busy: too many photos are here already; try again in some minutes")

    def sweep(self) -> None:
        """Delete the files whose time is over, and folders that are empty since."""
        oldest = time.time() - self._keep_seconds
        # Folders come after what is in them.
        for path in sorted(self.folder.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):
                if path.stat().st_ctime > oldest or path in self._lasting:
                    continue
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()

    @contextlib.contextmanager
    def swept(self) -> Iterator[None]:
        """Sweep again and again until the context ends."""
        pause = min(self._keep_seconds / 4, 60.0)

        def sweep() -> None:
            while not self._over.wait(pause):
                self.sweep()

        thread = threading.Thread(target=sweep, name="scratch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


@contextlib.contextmanager
def scratch_folder(keep_seconds: float) -> Iterator[Scratch]:
    """A scratch in a folder that only this user may read, removed when the context ends."""
    with tempfile.TemporaryDirectory(
        prefix="colorizer-tf-serve-", ignore_cleanup_errors=True
    ) as folder:
        yield Scratch(Path(os.path.realpath(folder)), keep_seconds)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
