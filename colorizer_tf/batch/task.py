"""A photo as a task, what became of it, and the signal that ends a run early."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.naming import Place


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """A photo to color.

    Attributes:
        source: its name in results.
        key: its name in the index.
        read: returns its content, or raises `ImageError`.
        size: bytes of the content.
        stamp: its modification time, or what else changes with the content.
        place: where its outputs go.
        known: what an earlier run noted, if nothing but the stamp differs from it.
    """

    source: str
    key: str
    read: Callable[[], bytes]
    size: int
    stamp: int
    place: Place
    known: Finished | None = None


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What became of one photo.

    Attributes:
        source: the photo; for one in an archive, the archive's path and the path inside.
        output: the file written, or None.
        status: "done", "skipped" (done by an earlier run) or "failed".
        reason: why it failed, else empty.
        seconds: from reading to writing.
        height: pixels; 0 where not known, as of skipped ones.
        width: pixels.
        size: bytes of the output.
    """

    source: Path
    output: Path | None
    status: str
    reason: str = ""
    seconds: float = 0.0
    height: int = 0
    width: int = 0
    size: int = 0


def skipped(source: str, folder: Path, known: Finished) -> PhotoResult:
    """The result of a photo that an earlier run colored."""
    name = list(known.outputs)[-1]
    return PhotoResult(Path(source), folder / name, "skipped", size=known.outputs[name])


def failed(source: str | Path, reason: str) -> PhotoResult:
    """The result of a photo that cannot be colored."""
    return PhotoResult(Path(source), None, "failed", reason)


class FinishedLog(Protocol):
    """Where finished photos are noted; an `Index` is one."""

    def finish(self, finished: Finished) -> None:
        """Note a photo, from any thread."""


class StoppedError(Exception):
    """Raised by `Stop.check` in the threads of a run that ends early."""


class Stop:
    """A signal to all threads of a run to end early.

    Attributes:
        reason: why; empty after Ctrl-C.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason = ""

    def set(self, reason: str = "") -> None:
        """Give the signal; the first reason counts."""
        self.reason = self.reason or reason
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the signal was given."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `StoppedError` if the signal was given."""
        if self._event.is_set():
            raise StoppedError


def stat_of(path: str) -> tuple[int, int]:
    """Bytes and modification time in nanoseconds of a file; zeros if it cannot be seen."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
