"""One photo from file to files: read, decode, color, encode, write. Many threads may."""

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import cannot_write, is_disk_full
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.naming import Place
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.workers import Gate
from colorizer_tf.color.merge import gray_of

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

# A photo of 8 bits costs about 6 bytes a pixel while it is worked on, one of 16 bits 12.
_PIXELS_AT_ONCE, _PIXELS_A_WORKER = 120_000_000, 30_000_000
_BYTES_AT_ONCE = images.MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What became of one photo.

    Attributes:
        source: the photo; of an archive's, its path inside goes on from the archive's.
        output: the file written, or None.
        status: "done", "skipped" (was done by an earlier run) or "failed".
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


@dataclass(frozen=True, slots=True)
class Job:
    """A photo to color.

    Attributes:
        source: what results call it.
        key: what the index calls it.
        read: gives its content, or raises `ImageError`.
        size: bytes of the content.
        stamp: its modification time, or what else tells that it changed.
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


class Notes(Protocol):
    """Is told of what is done: an `Index` is."""

    def finish(self, finished: Finished) -> None:
        """Note a photo as finished, from any thread."""


class Stop:
    """Tells all threads to end early; says why."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason = ""

    def now(self, reason: str = "") -> None:
        """Say it; the first reason counts."""
        self.reason = self.reason or reason
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether it is said."""
        return self._event.is_set()

    def check(self) -> None:
        """Go no further if it is said."""
        if self._event.is_set():
            raise _StoppedError


class _StoppedError(Exception):
    pass


class Painter:
    """Colors photos for one run."""

    def __init__(
        self, colorizer: "Colorizer", options: ColorizeOptions, *, workers: int, stop: Stop
    ) -> None:
        self._colorizer, self._options, self._stop = colorizer, options, stop
        self._pixels = Gate(max(_PIXELS_AT_ONCE, workers * _PIXELS_A_WORKER))
        self._bytes = Gate(_BYTES_AT_ONCE)
        # Fewer at a time than there are threads: the others read and write meanwhile.
        self._cores = threading.BoundedSemaphore(workers)

    def color(self, job: Job, notes: Notes, folder: Path) -> PhotoResult | None:
        """What became of the photo; None if the run was stopped before it was done.

        Args:
            job: the photo.
            notes: are told when it is done.
            folder: under which the outputs go.
        """
        start = time.perf_counter()
        source = Path(job.source)
        try:
            result = self._color(job, notes, folder)
        except _StoppedError:
            return None
        # Whatever one photo runs into, memory too, the others still get their turn.
        except Exception as error:
            if is_disk_full(error):
                self._stop.now(reason_of(error))
            result = PhotoResult(source, None, "failed", reason_of(error))
        return replace(result, seconds=time.perf_counter() - start)

    def _color(self, job: Job, notes: Notes, folder: Path) -> PhotoResult:
        self._stop.check()
        with contextlib.ExitStack() as held:
            with self._bytes.holding(job.size):
                data = job.read()
                size, digest = len(data), hashlib.sha256(data).hexdigest()
                if job.known and job.known.sha256 == digest:
                    notes.finish(replace(job.known, size=size, stamp=job.stamp))
                    return skipped(job.source, folder, job.known)
                height, width = images.photo_size(data)
                # Held until the outputs are on the disk: encoded, big ones are big still.
                weight = height * width * (2 if self._options.compare else 1)
                held.enter_context(self._pixels.holding(weight))
                with self._cores:
                    files = self._encoded(data, job.place)
                del data
            self._stop.check()
            for name, content in files.items():
                _write(folder / name, content)
        sizes = {name: len(content) for name, content in files.items()}
        made = Finished(
            slot=job.place.slots[0],
            input=job.key,
            size=size,
            stamp=job.stamp,
            sha256=digest,
            identity=self._colorizer.identity,
            options=settings_of(self._options),
            outputs=sizes,
        )
        notes.finish(made)
        main = list(sizes)[-1]
        return PhotoResult(
            Path(job.source), folder / main, "done", "", 0.0, height, width, sizes[main]
        )

    def _encoded(self, data: bytes, place: Place) -> dict[str, bytes]:
        """Name -> content of each file to write; the colored photo comes last."""
        self._stop.check()
        options, made_by = self._options, self._colorizer.name
        photo = images.decode_photo(data)
        self._stop.check()
        # In place where nobody needs the gray photo any more: big ones take much memory.
        again = photo.pixels.ndim == 3 and photo.pixels.flags.writeable and not options.compare
        colored = self._colorizer.colorize(
            photo.pixels, strength=options.strength, out=photo.pixels if again else None
        )
        self._stop.check()
        written = images.output_format(photo.format, options.format)
        stem, *others = place.stems
        files = {}
        for other in others:
            pair = np.concatenate([gray_of(photo.pixels), colored], axis=1)
            files[other + images.suffix_of(written)] = images.encode_photo(
                pair, written, like=None, quality=options.quality, made_by=made_by
            )
        files[stem + images.suffix_of(written)] = images.encode_photo(
            colored, written, like=photo, quality=options.quality, made_by=made_by
        )
        return files


def settings_of(options: ColorizeOptions) -> str:
    """The options that change what a photo becomes, for the index."""
    return f"strength={options.strength} format={options.format} quality={options.quality}"


def skipped(source: str, folder: Path, known: Finished) -> PhotoResult:
    """The result of a photo that an earlier run did."""
    name = list(known.outputs)[-1]
    return PhotoResult(Path(source), folder / name, "skipped", size=known.outputs[name])


def reason_of(error: BaseException) -> str:
    """One line that says what went wrong."""
    if isinstance(error, MemoryError):
        return "not enough memory for it"
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    write_atomic(path, content)


def stat_of(path: str) -> tuple[int, int]:
    """Bytes and modification time in nanoseconds of a file; zeros if it cannot be seen."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
