"""One photo from file to files: read, decode, color, encode, write."""

import contextlib
import hashlib
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError, cannot_write, is_disk_full
from colorizer_tf.base.execution.threads import count_cores
from colorizer_tf.base.execution.weight import WeightLimit
from colorizer_tf.base.files import replacing, write_atomic
from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.outputs import encode_outputs
from colorizer_tf.batch.pages import IN_COLOR, PagesRequest, format_of, write_pages
from colorizer_tf.batch.selection import PageSelection
from colorizer_tf.batch.task import (
    FinishedLog,
    PhotoResult,
    PhotoTask,
    Stop,
    StoppedError,
    failed,
    replacement_note,
    skipped,
)
from colorizer_tf.images.pages import open_pages, paged_kind
from colorizer_tf.inference.guidance import Guidance
from colorizer_tf.records.photo import is_in_color

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

# A photo of 8 bits takes about 6 bytes a pixel while it is colored, one of 16 bits 12.
_PIXELS_AT_ONCE, _PIXELS_A_WORKER = 120_000_000, 30_000_000
_BYTES_AT_ONCE = images.MAX_FILE_BYTES


class PhotoWorker:
    """Colors the photos of one run, in many threads at once."""

    def __init__(
        self, colorizer: "Colorizer", options: ColorizeOptions, *, workers: int, stop: Stop
    ) -> None:
        self.colorizer, self.stop, self._options = colorizer, stop, options
        self._pixels = WeightLimit(max(_PIXELS_AT_ONCE, workers * _PIXELS_A_WORKER))
        self._bytes = WeightLimit(_BYTES_AT_ONCE)
        self._workers, self._threads = workers, max(count_cores() // workers, 1)
        # Fewer than there are threads: the others read and write meanwhile.
        self._cores = threading.BoundedSemaphore(workers)

    def expect(self, photos: int) -> None:
        """Share the cores among so many photos: of few ones, variants are made side by side."""
        self._threads = max(count_cores() // max(min(self._workers, photos), 1), 1)

    def color(self, task: PhotoTask, log: FinishedLog, folder: Path) -> PhotoResult | None:
        """What became of the photo; None if the run stopped first.

        Args:
            task: the photo.
            log: where it is noted when its outputs are written.
            folder: the outputs go below it.
        """
        start = time.perf_counter()
        try:
            result = self._color(task, log, folder)
        except StoppedError:
            return None
        # Whatever happens to one photo, out of memory too, the others are still colored.
        except Exception as error:
            if is_disk_full(error):
                self.stop.set(reason_of(error))
            result = failed(task.source, reason_of(error))
        return replace(result, seconds=time.perf_counter() - start)

    def _color(self, task: PhotoTask, log: FinishedLog, folder: Path) -> PhotoResult:
        self.stop.check()
        with contextlib.ExitStack() as held:
            files: dict[str, bytes] = {}
            with self._bytes.holding(task.size):
                data = task.read()
                size, digest = len(data), hashlib.sha256(data).hexdigest()
                if task.known and task.known.sha256 == digest:
                    log.finish(replace(task.known, size=size, stamp=task.stamp))
                    return skipped(task.source, folder, task.known)
                if paged_kind(data):
                    written = self._write_pages(data, task, folder)
                else:
                    height, width = images.photo_size(data)
                    # Held until the outputs are on the disk: large photos are large when encoded.
                    weight = height * width * _pictures_at_once(self._options, self._threads)
                    held.enter_context(self._pixels.holding(weight))
                    with self._cores:
                        files, notes = self._encoded(data, task)
                    sizes = {name: len(content) for name, content in files.items()}
                    written = _Written(sizes, notes, height, width)
                del data
            if files:
                self.stop.check()
                written.notes.extend(self._replaced(task, folder / list(files)[-1]))
            for name, content in files.items():
                _make_folder(folder / name)
                write_atomic(folder / name, content)
        made = Finished(
            slot=task.place.slots[0],
            input=task.key,
            size=size,
            stamp=task.stamp,
            sha256=digest,
            identity=self.colorizer.identity,
            options=settings_of(self._options, task.guidance),
            outputs=written.sizes,
        )
        log.finish(made)
        return written.result(task, folder)

    def _write_pages(self, data: bytes, task: PhotoTask, folder: Path) -> "_Written":
        """Write a file of several pages while they are colored, and the comparison with it."""
        options, request = self._options, PagesRequest(self.colorizer, self._options)
        if options.variants or options.confidence or task.guidance:
            raise ImageError("variants, confidence and hints are for photos, not for several pages")
        with contextlib.ExitStack() as held:
            source = held.enter_context(
                open_pages(data, made_by=self.colorizer.request.credit(self.colorizer.name))
            )
            suffix = images.suffix_of(format_of(source, data, options))
            weight = source.most_pixels * (2 if options.compare else 1)
            held.enter_context(self._pixels.holding(weight))
            names = [stem + suffix for stem in task.place.stems]
            with self._cores, contextlib.ExitStack() as files:
                notes = self._replaced(task, folder / names[0])
                _make_folder(folder / names[0])
                # The one opened first takes its place last.
                streams = [files.enter_context(replacing(folder / name)) for name in names]
                made = write_pages(source, data, request, streams, self.stop.check)
        sizes = {name: (folder / name).stat().st_size for name in reversed(names)}
        return _Written(sizes, made.notes + notes, *made.size)

    def _replaced(self, task: PhotoTask, output: Path) -> list[str]:
        """What is said of a file that an output replaces, if there is one."""
        if not output.exists():
            return []
        made = self.colorizer.identity, settings_of(self._options, task.guidance)
        note = replacement_note(task.previous, *made)
        return [note] if note else []

    def _encoded(self, data: bytes, task: PhotoTask) -> tuple[dict[str, bytes], list[str]]:
        """Name and content of each file to write, the colored photo last; and notes."""
        self.stop.check()
        photo = images.decode_photo(data)
        notes = [IN_COLOR] if is_in_color(photo.pixels) else []
        notes += [f"lost the {part} in its file" for part in photo.dropped]
        self.stop.check()
        files, said = encode_outputs(
            self.colorizer,
            photo,
            task.place.stems,
            self._options,
            task.guidance,
            self._threads,
            task.prediction,
        )
        self.stop.check()
        return files, [*notes, *said]


@dataclass(frozen=True)
class _Written:
    """Bytes of each file written, the colored one last; notes; pixels of the first page."""

    sizes: dict[str, int]
    notes: list[str]
    height: int
    width: int

    def result(self, task: PhotoTask, folder: Path) -> PhotoResult:
        main = list(self.sizes)[-1]
        return PhotoResult(
            Path(task.source),
            folder / main,
            "done",
            note="; ".join(self.notes),
            height=self.height,
            width=self.width,
            size=self.sizes[main],
            given=task.guidance.text,
        )


def settings_of(options: ColorizeOptions, guidance: Guidance | None = None) -> str:
    """What changes a photo's output beside the model, for the index.

    Args:
        options: of the command.
        guidance: what a person said of the photo's colors.
    """
    text = f"strength={options.strength} format={options.format} quality={options.quality}"
    # Left out where they change nothing, so that what earlier versions did counts as done.
    text += f" variants={options.variants}" if options.variants else ""
    text += " confidence" if options.confidence else ""
    selection = PageSelection.parsed(options.pages)
    text += f" pages={selection}" if selection.ranges else ""
    text += " series" if options.series else ""
    return f"{text} given={guidance.digest}" if guidance else text


def _pictures_at_once(options: ColorizeOptions, threads: int) -> int:
    """How many pictures of the photo's size are in memory."""
    if options.variants:
        return 1 + min(options.variants, threads)
    return 2 if options.compare else 1


def reason_of(error: BaseException) -> str:
    """The error as one line."""
    if isinstance(error, MemoryError):
        return "not enough memory for it"
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _make_folder(file: Path) -> None:
    """Make the folder that a file lies in."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(file.parent, error) from error
