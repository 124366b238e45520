"""A photo as a task, what became of it, and the signal that ends a run early."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.naming import Place
from colorizer_tf.inference.guidance import NOTHING, Guidance
from colorizer_tf.inference.prediction import Prediction

UNKNOWN_STAMP = -1
DONE_ALREADY = "done already"
OTHER_MODEL = "replaced the result of another model, or of another size, temperature or restoration"
OTHER_SETTINGS = "replaced the result of other settings"
_COARSEST_TIME_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """A photo to color.

    Attributes:
        source: its name in results.
        key: its name in the index.
        read: returns its content, or raises `ImageError`.
        size: bytes of the content.
        stamp: what changes with the content, see `stat_of`; of a zip's member its CRC-32.
        place: where its outputs go.
        known: what an earlier run noted, if nothing but the stamp differs from it.
        previous: what an earlier run wrote in that place, if anything.
        guidance: what a person said of its colors.
        prediction: its color, if it does not come from this photo alone.
    """

    source: str
    key: str
    read: Callable[[], bytes]
    size: int
    stamp: int
    place: Place
    known: Finished | None = None
    previous: Finished | None = None
    guidance: Guidance = NOTHING
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What became of one photo.

    Attributes:
        source: the photo; for one in an archive, the archive's path and the path inside.
        output: the file written, or None.
        status: "done", "skipped" (done by an earlier run) or "failed".
        reason: why it failed or was skipped, else empty.
        note: what a user may not expect, such as a replaced file, else empty.
        seconds: from reading to writing.
        height: pixels; 0 where not known, as of skipped ones.
        width: pixels.
        size: bytes of the output.
        given: what a person said of its colors, else empty.
    """

    source: Path
    output: Path | None
    status: str
    reason: str = ""
    note: str = ""
    seconds: float = 0.0
    height: int = 0
    width: int = 0
    size: int = 0
    given: str = ""


def skipped(source: str, folder: Path, known: Finished) -> PhotoResult:
    """The result of a photo that an earlier run colored."""
    name = list(known.outputs)[-1]
    return PhotoResult(
        Path(source), folder / name, "skipped", DONE_ALREADY, size=known.outputs[name]
    )


def failed(source: str | Path, reason: str) -> PhotoResult:
    """The result of a photo that cannot be colored."""
    return PhotoResult(Path(source), None, "failed", reason)


def replacement_note(previous: Finished | None, identity: str, options: str) -> str:
    """What is said of an output that takes the place of another file.

    Args:
        previous: what an earlier run wrote in that place, if that is what is there.
        identity: of the model.
        options: as the index has them.
    """
    if previous is None:
        return "replaced a file that no earlier run wrote"
    if previous.identity != identity:
        return OTHER_MODEL
    return "" if previous.options == options else OTHER_SETTINGS


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
    """Bytes and stamp of a file; zeros if it cannot be seen.

    The stamp changes with the times of modification and of the last change of status, which no
    program sets back. It is `UNKNOWN_STAMP` where the file was changed so lately that a change to
    come could leave both times as they are: file systems count in steps of up to two seconds.
    """
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    times = found.st_mtime_ns, found.st_ctime_ns
    if time.time_ns() - max(times) < _COARSEST_TIME_NS:
        return found.st_size, UNKNOWN_STAMP
    digest = hashlib.sha256(repr(times).encode()).digest()
    return found.st_size, int.from_bytes(digest[:7])
