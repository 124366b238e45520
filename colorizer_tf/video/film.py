"""One film colored: decoded, predicted, made steady, merged and encoded, a few frames at a time."""

import contextlib
import dataclasses
import functools
import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.files import replacing
from colorizer_tf.base.progress import Progress
from colorizer_tf.base.version import __version__
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.video.frames import colored, prepared, turns_of, upright_lightness
from colorizer_tf.video.joining import join
from colorizer_tf.video.names import suffix_for
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.overlap import ahead
from colorizer_tf.video.reading import UnreadableFilmError, opened
from colorizer_tf.video.segments import SegmentFolder
from colorizer_tf.video.source import Source
from colorizer_tf.video.steadiness import steady
from colorizer_tf.video.writing import Writing, encoder_for

# Frames of a segment: about as many as encoders put between two frames that stand alone.
SEGMENT = 250
# Frames before a segment that a run which goes on looks at again: color fades in over them.
LOOKED_AT_AGAIN = 150
# Frames that wait between two stages, and that are merged at a time.
WAITING, MERGING = 4, 2

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class MadeFilm:
    """What was written: its sides, how many frames, and how many of these by earlier runs."""

    height: int
    width: int
    frames: int
    kept: int


def color_film(
    source: Path,
    target: Path,
    colorizer: Colorizer,
    options: FilmOptions,
    *,
    strength: float = 1.0,
    progress: bool = False,
    told: Told | None = None,
) -> MadeFilm:
    """Color a film; its sound and subtitles are copied packet by packet.

    Memory is that of some tens of frames, however long the film. A run that was killed goes on
    where it stopped; the film appears whole or not at all.

    Args:
        source: the film.
        target: where to write. Its ending is `suffix_for(source)`.
        colorizer: what predicts the color.
        options: codec, quality and part of the film.
        strength: factor of the predicted a* and b*, 0 to 2.
        progress: tell the frames done and the time left on stderr.
        told: called after each frame with how many are done, and of about how many; may raise.

    Raises:
        ColorizerError: if there is no such film, no video track in it, a damaged packet, no encoder
            of that name, or the target cannot be written.
    """
    encoder_for(suffix_for(source), options)
    with opened(source):
        # Before anything is written.
        pass
    folder = SegmentFolder(target, _identity(source, colorizer, options, strength))
    try:
        made, writing = _write_segments(
            source, folder, colorizer, options, strength, _Watch(progress, told)
        )
        with opened(source) as container, replacing(target) as file:
            join(file, writing, Source(container, options), folder.segments)
    except UnreadableFilmError:
        folder.remove()
        raise
    folder.remove()
    return made


def _identity(
    source: Path, colorizer: Colorizer, options: FilmOptions, strength: float
) -> dict[str, Any]:
    """All that segments depend on."""
    stat = source.stat()
    return {
        "source": [str(source.resolve()), stat.st_size, stat.st_mtime_ns],
        "model": colorizer.identity,
        "strength": strength,
        "options": dataclasses.asdict(options),
        "version": __version__,
    }


def _write_segments(
    path: Path,
    folder: SegmentFolder,
    colorizer: Colorizer,
    options: FilmOptions,
    strength: float,
    watch: "_Watch",
) -> tuple[MadeFilm, Writing]:
    """Write the segments that are missing; what they make, and how."""
    done = folder.times
    with opened(path) as container:
        source = Source(container, options)
        number = max(len(done) - LOOKED_AT_AGAIN, 0)
        decoded = source.frames(done[number] if done else None)
        first = next(decoded, None)
        if first is None:
            raise UnreadableFilmError(
                "no frame in its video track, or none between --from and --to"
            )
        made_by = colorizer.request.credit(colorizer.name)
        writing = Writing(suffix_for(path), source.video, first, options, made_by)
        writing.check(source)
        frames = itertools.chain([first], decoded)
        made = _colored(frames, number, colorizer, writing.bits, strength)
        with contextlib.closing(made):
            missing = (frame for frame in made if not done or frame.pts > done[-1])
            new = watch.frames(missing, max(source.count - len(done), 2))
            for head in new:
                segment = itertools.chain([head], itertools.islice(new, SEGMENT - 1))
                folder.add(functools.partial(writing.write, segment))
    count = len(folder.times)
    return MadeFilm(first.height, first.width, count, len(done)), writing


@dataclass(frozen=True)
class _Watch:
    """Who is told how far it is."""

    shown: bool
    told: Told | None

    def frames(self, frames: Iterable[Any], expected: int) -> Iterator[Any]:
        with Progress("coloring", expected, shown=self.shown, unit="frames") as bar:
            for number, frame in enumerate(frames, 1):
                yield frame
                bar.add(1)
                if self.told:
                    self.told(number, expected)


def _colored(
    frames: Iterator[Any], number: int, colorizer: Colorizer, bits: int, strength: float
) -> Generator[Any, None, None]:
    """The frames in color, the first one of that number in the film.

    They are decoded in one thread, predicted in one, and merged in others.
    """

    def seen() -> Generator[tuple[tuple[Any, int], np.ndarray], None, None]:
        for frame in frames:
            turns, ready = turns_of(frame), prepared(frame, bits)
            yield (ready, turns), upright_lightness(ready, turns, colorizer.size)

    def predicted() -> Generator[Any, None, None]:
        with contextlib.closing(ahead(seen(), WAITING)) as small:
            yield from steady(small, colorizer.predict_lightness, first=number)

    waiting: deque[Future[Any]] = deque()
    with (
        ThreadPoolExecutor(MERGING) as threads,
        contextlib.closing(ahead(predicted(), WAITING)) as steadied,
    ):
        for (frame, turns), prediction in steadied:
            waiting.append(threads.submit(colored, frame, prediction, turns, strength))
            if len(waiting) > MERGING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
