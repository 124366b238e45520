"""Segments joined to a film, with its sound and subtitles, packet by packet."""

import heapq
import itertools
from collections.abc import Iterator
from typing import Any, BinaryIO

from colorizer_tf.video.reading import import_av
from colorizer_tf.video.segments import Segment
from colorizer_tf.video.source import Source
from colorizer_tf.video.writing import Writing


def join(file: BinaryIO, writing: Writing, source: Source, segments: list[Segment]) -> None:
    """Write the colored film.

    Args:
        file: where to; seekable.
        writing: what the segments were written with.
        source: a new pass over the film.
        segments: all of its video, in order.
    """
    packets = heapq.merge(_video_packets(segments, source), source.others(), key=_decoded_at)
    with (
        writing.named_faults(),
        writing.open(file) as output,
    ):
        video, copies = writing.add_streams(output, source)
        output.start_encoding()
        for packet in packets:
            packet.stream = video if packet.stream is None else copies[packet.stream.index]
            output.mux(packet)


def _decoded_at(packet: Any) -> float:
    return float(packet.dts * packet.time_base)


def _video_packets(segments: list[Segment], source: Source) -> Iterator[Any]:
    """The segments' packets, with time stamps that begin with the part."""
    frames = [frame for segment in segments for frame in segment.frames]
    decoding = _decoding_times(segments)
    last = max(frames, key=lambda frame: frame.shown)
    end = source.end if source.end and source.end > last.shown else last.shown + last.duration
    length = end - min(frame.shown for frame in frames)
    content = itertools.chain.from_iterable(segment.packets() for segment in segments)
    for frame, decoded, data in zip(frames, decoding, content, strict=True):
        packet = import_av().Packet(data)
        packet.time_base, packet.duration = source.video.time_base, frame.duration
        packet.pts, packet.dts = frame.shown - source.shift, decoded - source.shift
        packet.is_keyframe = frame.is_key
        if frame is frames[-1]:
            # MP4 tells the film's length by when decoding ends.
            packet.duration = max(decoding[0] + length - decoded, 1)
        yield packet


def _decoding_times(segments: list[Segment]) -> list[int]:
    """When each frame is decoded: the encoder's times, which begin anew with each segment, go on.

    They go through the times of showing in order, so much earlier that no frame comes too late.
    """
    shown = sorted(frame.shown for segment in segments for frame in segment.frames)
    ahead = 0
    for segment in segments:
        first = min(frame.shown for frame in segment.frames)
        ahead = max(ahead, sum(frame.decoded < first for frame in segment.frames))
    ahead = min(ahead, len(shown) - 1)
    return [time - (shown[ahead] - shown[0]) for time in shown[:ahead]] + shown[
        : len(shown) - ahead
    ]
