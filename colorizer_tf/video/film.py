"""One film colored: decoded, predicted, made steady, merged and encoded, a few frames at a time."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import replacing
from colorizer_tf.base.progress import Progress
from colorizer_tf.color.merge import small_lightness
from colorizer_tf.inference.colorizer import Colorizer, network_sides
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import check_end, decoded, opened, video_stream
from colorizer_tf.video.steadiness import steady
from colorizer_tf.video.writing import FilmWriter, encoder_for, is_deep, suffix_for, writing

# Frames that the network sees at a time.
BATCH = 8
# Full-size frames that are merged at a time, while others are decoded and encoded.
MERGING = 2


def color_film(
    source: Path,
    target: Path,
    colorizer: Colorizer,
    options: FilmOptions,
    *,
    strength: float = 1.0,
    progress: bool = False,
) -> int:
    """Color a film; its sound and subtitles are copied packet by packet.

    Memory is that of some tens of frames, however long the film.

    Args:
        source: the film.
        target: where to write; appears whole or not at all. Its ending is `suffix_for(source)`.
        colorizer: what predicts the color.
        options: codec, quality and part of the film.
        strength: factor of the predicted a* and b*, 0 to 2.
        progress: tell the frames done and the time left on stderr.

    Returns:
        The number of frames written.

    Raises:
        ColorizerError: if there is no such film, no video track in it, a damaged packet, no encoder
            of that name, or the target cannot be written.
    """
    suffix = suffix_for(source)
    encoder_for(suffix, options)
    with (
        opened(source) as container,
        Progress("coloring", _count(container, options), shown=progress, unit="frames") as bar,
    ):
        reader = _Reader(container, options)
        frames = reader.frames()
        first = next(frames, None)
        if first is None:
            raise ColorizerError("no frame in its video track, or none between --from and --to")
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            replacing(target) as file,
            writing(file, suffix, reader.video, first, options) as writer,
        ):
            reader.copy_to(writer)
            predicted = _predicted(itertools.chain([first], frames), colorizer)
            count = 0
            for frame, pixels in _merged(steady(predicted), strength):
                writer.add(frame, pixels)
                bar.add(1)
                count += 1
    return count


class _Reader:
    """Frames of the part that is colored; other packets of it go to a writer on the way."""

    def __init__(self, container: Any, options: FilmOptions) -> None:
        self.video = video_stream(container)
        self._container, self._options = container, options
        self._writer: FilmWriter | None = None
        # Packets that came before there was a writer.
        self._early: list[Any] = []

    def copy_to(self, writer: FilmWriter) -> None:
        self._writer = writer
        for packet in self._early:
            writer.copy(packet)
        self._early.clear()

    def frames(self) -> Iterator[Any]:
        start, end = self._options.start, self._options.end
        if start:
            self._container.seek(int(start * 1_000_000))
        reached = 0.0
        for packet in self._container.demux():
            reached = max(reached, _end_of(packet))
            if packet.stream.index != self.video.index:
                self._copy(packet)
                continue
            for frame in decoded(packet):
                if end is not None and frame.time >= end:
                    return
                if frame.time >= start:
                    yield self._checked(frame)
        check_end(self._container, reached)

    def _copy(self, packet: Any) -> None:
        time = None if packet.pts is None else float(packet.pts * packet.time_base)
        end = self._options.end
        start = self._options.start
        # Sound begins before 0 by what its decoder throws away: that is kept too.
        if time is not None and ((start and time < start) or (end is not None and time >= end)):
            return
        if self._writer is None:
            self._early.append(packet)
        else:
            self._writer.copy(packet)

    def _checked(self, frame: Any) -> Any:
        sides = self.video.width, self.video.height
        if (frame.width, frame.height) != sides:
            raise ColorizerError(
                f"its size changes at {frame.time:.1f} s, from {sides[0]}x{sides[1]} to "
                f"{frame.width}x{frame.height}: --to colors what comes before"
            )
        return frame


def _end_of(packet: Any) -> float:
    if packet.pts is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _count(container: Any, options: FilmOptions) -> int:
    """About how many frames there are to color."""
    video = video_stream(container)
    rate = float(video.average_rate or 25)
    seconds = (container.duration or 0) / 1_000_000
    end = seconds if options.end is None else min(options.end, seconds)
    return max(round((end - options.start) * rate), 2)


def _predicted(frames: Iterable[Any], colorizer: Colorizer) -> Iterator[tuple[Any, Prediction]]:
    for batch in _batches(frames, BATCH):
        lightness = np.stack([_upright_lightness(frame, colorizer.size) for frame in batch])
        yield from zip(batch, colorizer.predict_lightness(lightness), strict=True)


def _batches(items: Iterable[Any], count: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, count)):
        yield batch


def _upright_lightness(frame: Any, size: int) -> np.ndarray:
    """The L* that the network sees: a film that a phone took on its side is turned up first."""
    sides = network_sides(frame.height, frame.width, size)
    return np.rot90(small_lightness(_pixels(frame), *sides), _turns(frame))


def _turns(frame: Any) -> int:
    return round(frame.rotation / 90) % 4


def _pixels(frame: Any) -> np.ndarray:
    return np.asarray(frame.to_ndarray(format="rgb48le" if is_deep(frame) else "rgb24"))


def _merged(
    predicted: Iterable[tuple[Any, Prediction]], strength: float
) -> Iterator[tuple[Any, np.ndarray]]:
    """Frames and their pixels in color, in order, merged in threads."""
    waiting: deque[tuple[Any, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(MERGING) as threads:
        for frame, prediction in predicted:
            waiting.append((frame, threads.submit(_merge, frame, prediction, strength)))
            if len(waiting) > MERGING:
                done, pixels = waiting.popleft()
                yield done, pixels.result()
        while waiting:
            done, pixels = waiting.popleft()
            yield done, pixels.result()


def _merge(frame: Any, prediction: Prediction, strength: float) -> np.ndarray:
    turned = Prediction(
        np.ascontiguousarray(np.rot90(prediction.lightness, -_turns(frame))),
        np.ascontiguousarray(np.rot90(prediction.ab, -_turns(frame))),
        prediction.ab_stride,
    )
    return Colorizer.merge(_pixels(frame), turned, strength=strength)
