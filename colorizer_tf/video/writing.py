"""The colored film's container: its new video, and what is copied packet by packet."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import import_av

# By ending: FFmpeg's name of the container, and the encoder by default.
CONTAINERS = {
    ".mp4": ("mp4", "libx264"),
    ".m4v": ("mp4", "libx264"),
    ".mov": ("mov", "libx264"),
    ".mkv": ("matroska", "libx264"),
    ".webm": ("webm", "libvpx-vp9"),
}
# Takes nearly every codec of sound and subtitles, so those of all other containers.
OTHERWISE = ".mkv"
COPIED = ("audio", "subtitle")
# FFmpeg's number for a matrix that the film does not tell.
UNSPECIFIED = 2


def suffix_for(source: Path) -> str:
    """The ending of the colored film."""
    suffix = source.suffix.lower()
    return suffix if suffix in CONTAINERS else OTHERWISE


def encoder_for(suffix: str, options: FilmOptions) -> Any:
    """FFmpeg's encoder for films of this ending.

    Raises:
        UsageError: if FFmpeg, as it is installed, has no encoder of this name.
    """
    av = import_av()
    name = options.codec or CONTAINERS[suffix][1]
    try:
        codec = av.Codec(name, "w")
    except ValueError:
        codec = None
    if codec is None or codec.type != "video":
        known = sorted({"libx264", "libx265", "libvpx-vp9", "libsvtav1"} & av.codecs_available)
        raise UsageError(
            f"--codec: received {name}, expected an encoder that FFmpeg has here, "
            f"such as {', '.join(known)}"
        ) from None
    return codec


class FilmWriter:
    """Writes one colored film; what `writing` gives."""

    def __init__(self, output: Any, stream: Any, copies: dict[int, Any], offset: float) -> None:
        self._output, self._stream, self._copies = output, stream, copies
        self._offset = offset
        self._durations: dict[int, int] = {}

    def copy(self, packet: Any) -> None:
        """Write a packet of sound or subtitles as it is; those of other kinds are passed by."""
        stream = self._copies.get(packet.stream.index)
        if stream is None or packet.dts is None:
            return
        shift = round(self._offset / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts -= shift
        packet.stream = stream
        self._output.mux(packet)

    def add(self, frame: Any, pixels: np.ndarray) -> None:
        """Write a frame's new pixels at its own time.

        Args:
            frame: as it was decoded.
            pixels: `(h, w, 3)` sRGB, uint8 or uint16.
        """
        new = self._encodable(frame, pixels)
        new.time_base = frame.time_base
        new.pts = frame.pts - round(self._offset / frame.time_base)
        self._durations[new.pts] = frame.duration
        self._mux(self._stream.encode(new))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(self._stream.encode(None))

    def _encodable(self, frame: Any, pixels: np.ndarray) -> Any:
        av = import_av()
        kind = "rgb24" if pixels.dtype == np.uint8 else "rgb48le"
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=kind)
        matrix = frame.colorspace if frame.colorspace != UNSPECIFIED else None
        new = rgb.reformat(
            format=self._stream.pix_fmt,
            dst_colorspace=matrix,
            dst_color_range=frame.color_range or None,
        )
        new.colorspace, new.color_range = frame.colorspace, frame.color_range
        return new

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            # The encoder drops them, and the last one is part of the film's length.
            packet.duration = self._durations.pop(packet.pts, 0) or packet.duration
            self._output.mux(packet)


@contextlib.contextmanager
def writing(
    file: BinaryIO, suffix: str, source: Any, first: Any, options: FilmOptions
) -> Iterator[FilmWriter]:
    """A writer of a film like another one.

    Args:
        file: where to; seekable.
        suffix: one of `CONTAINERS`.
        source: the video stream that is colored, of an open container.
        first: its first frame.
        options: the encoder and its quality.

    Raises:
        ColorizerError: if the container does not take a stream, or the encoder not the frames.
    """
    av = import_av()
    codec = encoder_for(suffix, options)
    try:
        with av.open(file, "w", format=CONTAINERS[suffix][0]) as output:
            output.metadata.update(source.container.metadata)
            stream = _add_video(output, codec, source, first, options)
            copies = {
                each.index: output.add_stream_from_template(each)
                for each in source.container.streams
                if each.type in COPIED
            }
            writer = FilmWriter(output, stream, copies, options.start)
            yield writer
            writer.finish()
    except av.error.FFmpegError as error:
        if error.errno and error.errno > 0:
            raise
        raise ColorizerError(
            f"{codec.name} in {suffix} cannot hold this film ({error.strerror}): "
            "try another --codec, or convert it to .mkv first"
        ) from error


def _add_video(output: Any, codec: Any, source: Any, first: Any, options: FilmOptions) -> Any:
    rate = source.average_rate or source.guessed_rate or 25
    stream = output.add_stream(codec.name, rate=rate, options={"crf": str(options.crf)})
    stream.width, stream.height = first.width, first.height
    stream.pix_fmt = _pixel_format(codec, first)
    stream.time_base = stream.codec_context.time_base = source.time_base
    if source.sample_aspect_ratio:
        stream.codec_context.sample_aspect_ratio = source.sample_aspect_ratio
    for tag in ("colorspace", "color_range", "color_primaries", "color_trc"):
        setattr(stream.codec_context, tag, getattr(first, tag))
    stream.metadata.update(source.metadata)
    if first.rotation:
        stream.set_display_rotation(first.rotation)
    return stream


def _pixel_format(codec: Any, first: Any) -> str:
    """4:2:0 where both sides are even, and 10 bits if the film has them and the encoder can."""
    known = {each.name for each in codec.video_formats or ()}
    layout = "yuv420p" if first.width % 2 == first.height % 2 == 0 else "yuv444p"
    deep = f"{layout}10le"
    if is_deep(first) and deep in known:
        return deep
    return layout if layout in known or not known else str(codec.video_formats[0].name)


def is_deep(frame: Any) -> bool:
    """Whether a frame has more than 8 bits a channel."""
    return any(component.bits > 8 for component in frame.format.components)
