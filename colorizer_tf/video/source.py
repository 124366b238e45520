"""The part of a film that is colored: its frames, and the packets that are copied."""

import itertools
from collections.abc import Generator, Iterator
from typing import Any

from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import UnreadableFilmError, check_end, decoded, video_stream

COPIED = ("audio", "subtitle")
# By how much sound may lie behind the picture in a file, in seconds.
_APART = 10.0


class Source:
    """One pass over an open film.

    Attributes:
        video: the stream that is colored.
        copied: the streams of sound and subtitles.
    """

    def __init__(self, container: Any, options: FilmOptions) -> None:
        self.video = video_stream(container)
        self.copied = [each for each in container.streams if each.type in COPIED]
        self._container, self._options = container, options

    @property
    def count(self) -> int:
        """About how many frames there are."""
        rate = float(self.video.average_rate or 25)
        seconds = (self._container.duration or 0) / 1_000_000
        end = seconds if self._options.end is None else min(self._options.end, seconds)
        return max(round((end - self._options.start) * rate), 2)

    @property
    def end(self) -> int | None:
        """The time stamp at which the video ends, if the film tells and all of it is colored."""
        if self._options.end is not None or self.video.duration is None:
            return None
        return int((self.video.start_time or 0) + self.video.duration)

    @property
    def shift(self) -> int:
        """What the output's time stamps are less than the film's, in the video's time base."""
        return round(self._options.start / self.video.time_base)

    def frames(self, since: int | None = None) -> Generator[Any, None, None]:
        """The decoded frames in order, each with a time stamp after the one before it.

        Args:
            since: the time stamp of the first one wanted; by default that of the part's beginning.

        Raises:
            UnreadableFilmError: at a packet that is damaged, or where the size changes.
        """
        first = (self.shift or None) if since is None else since
        frames = self._frames()
        if first is not None:
            self._container.seek(first, stream=self.video)
            head = next(frames, None)
            if head is not None and head.pts <= first:
                frames = itertools.chain([head], frames)
            else:
                # Its index leads too far: all is decoded from the film's beginning.
                self._container.seek(0)
                frames = self._frames()
        for frame in frames:
            if self._options.end is not None and frame.time >= self._options.end:
                return
            if first is None or frame.pts >= first:
                yield frame

    def others(self) -> Iterator[Any]:
        """The packets of sound and subtitles, their time stamps beginning with the part."""
        start, end = self._options.start, self._options.end
        if start:
            self._container.seek(int(start * 1_000_000))
        for packet in self._container.demux([self.video, *self.copied]):
            if packet.dts is None:
                continue
            time = float(packet.dts * packet.time_base)
            if packet.stream.index == self.video.index:
                if end is not None and time > end + _APART:
                    return
                continue
            shown = time if packet.pts is None else float(packet.pts * packet.time_base)
            # Sound begins before 0 by what its decoder throws away: that is kept too.
            if (start and shown < start) or (end is not None and shown >= end):
                continue
            shift = round(start / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts -= shift
            yield packet

    def _frames(self) -> Iterator[Any]:
        reached, last = 0.0, None
        step = max(round(1 / (self.video.average_rate or 25) / self.video.time_base), 1)
        for packet in self._container.demux():
            reached = max(reached, _end_of(packet))
            if packet.stream.index != self.video.index:
                continue
            for frame in decoded(packet):
                if frame.pts is None:
                    frame.pts = 0 if last is None else last + step
                elif last is not None and frame.pts <= last:
                    frame.pts = last + 1
                last = frame.pts
                self._check(frame)
                yield frame
        check_end(self._container, reached)

    def _check(self, frame: Any) -> None:
        sides = self.video.width, self.video.height
        if (frame.width, frame.height) != sides:
            raise UnreadableFilmError(
                f"its size changes at {frame.time:.1f} s, from {sides[0]}x{sides[1]} to "
                f"{frame.width}x{frame.height}: --to colors what comes before"
            )


def _end_of(packet: Any) -> float:
    if packet.pts is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)
