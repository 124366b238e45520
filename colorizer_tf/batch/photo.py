"""One photo from file to files: read, decode, color, encode, write."""

import contextlib
import hashlib
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf import images
from colorizer_tf.base.errors import cannot_write, is_disk_full
from colorizer_tf.base.execution.threads import count_cores
from colorizer_tf.base.execution.weight import WeightLimit
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.outputs import encode_outputs
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
from colorizer_tf.inference.guidance import Guidance
from colorizer_tf.records.photo import is_in_color

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

# A photo of 8 bits takes about 6 bytes a pixel while it is colored, one of 16 bits 12.
_PIXELS_AT_ONCE, _PIXELS_A_WORKER = 120_000_000, 30_000_000
_BYTES_AT_ONCE = images.MAX_FILE_BYTES

IN_COLOR = "already in color, recolored"


class PhotoWorker:
    """Colors the photos of one run, in many threads at once."""

    def __init__(
        self, colorizer: "Colorizer", options: ColorizeOptions, *, workers: int, stop: Stop
    ) -> None:
        self.colorizer, self.stop, self._options = colorizer, stop, options
        self._pixels = WeightLimit(max(_PIXELS_AT_ONCE, workers * _PIXELS_A_WORKER))
        self._bytes = WeightLimit(_BYTES_AT_ONCE)
        self._threads = max(count_cores() // workers, 1)
        # Fewer than there are threads: the others read and write meanwhile.
        self._cores = threading.BoundedSemaphore(workers)

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
        settings = settings_of(self._options, task.guidance)
        with contextlib.ExitStack() as held:
            with self._bytes.holding(task.size):
                data = task.read()
                size, digest = len(data), hashlib.sha256(data).hexdigest()
                if task.known and task.known.sha256 == digest:
                    log.finish(replace(task.known, size=size, stamp=task.stamp))
                    return skipped(task.source, folder, task.known)
                height, width = images.photo_size(data)
                # Held until the outputs are on the disk: large photos are large when encoded, too.
                weight = height * width * _pictures_at_once(self._options, self._threads)
                held.enter_context(self._pixels.holding(weight))
                with self._cores:
                    files, note = self._encoded(data, task)
                del data
            self.stop.check()
            main = list(files)[-1]
            if (folder / main).exists():
                replaced = replacement_note(task.previous, self.colorizer.identity, settings)
                note = "; ".join(filter(None, (note, replaced)))
            for name, content in files.items():
                _write(folder / name, content)
        sizes = {name: len(content) for name, content in files.items()}
        made = Finished(
            slot=task.place.slots[0],
            input=task.key,
            size=size,
            stamp=task.stamp,
            sha256=digest,
            identity=self.colorizer.identity,
            options=settings,
            outputs=sizes,
        )
        log.finish(made)
        return PhotoResult(
            Path(task.source),
            folder / main,
            "done",
            note=note,
            height=height,
            width=width,
            size=sizes[main],
            given=task.guidance.text,
        )

    def _encoded(self, data: bytes, task: PhotoTask) -> tuple[dict[str, bytes], str]:
        """Name and content of each file to write, the colored photo last; and a note."""
        self.stop.check()
        photo = images.decode_photo(data)
        notes = [IN_COLOR] if is_in_color(photo.pixels) else []
        notes += [f"lost the {part} in its file" for part in photo.dropped]
        self.stop.check()
        files, said = encode_outputs(
            self.colorizer, photo, task.place.stems, self._options, task.guidance, self._threads
        )
        self.stop.check()
        return files, "; ".join([*notes, *said])


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


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    write_atomic(path, content)
