"""How the colored film is written: its container, its encoder, and one segment of it."""

import itertools
from collections.abc import Iterable
from typing import Any, BinaryIO

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.images.metadata import printable, sentence_of
from colorizer_tf.video.frames import bits_of, matrix_of, prepared, working_format
from colorizer_tf.video.names import CONTAINERS
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import import_av
from colorizer_tf.video.segments import Coded
from colorizer_tf.video.source import Source


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


class Writing:
    """What all segments of a film are written with.

    Attributes:
        bits: of the frames that `write` takes, 8 or 10.
    """

    def __init__(
        self, suffix: str, source: Any, first: Any, options: FilmOptions, made_by: str
    ) -> None:
        """Create it.

        Args:
            suffix: one of `CONTAINERS`.
            source: the video stream that is colored, of an open container.
            first: its first decoded frame.
            options: the encoder and its quality.
            made_by: the model's name, for the film's comment.
        """
        self._sentence = sentence_of(printable(made_by), "film")
        self._container = CONTAINERS[suffix][0]
        # Taken now: the stream ends with its container.
        self._suffix, self._base = suffix, source.time_base
        self._aspect = source.sample_aspect_ratio
        self._codec = encoder_for(suffix, options)
        self._first = first
        self._rate = source.average_rate or source.guessed_rate or 25
        self._options_of_encoder = {"crf": str(options.crf)}
        self._format, self.bits = _pixel_format(self._codec, first)

    def check(self, source: Source) -> None:
        """Check that the container takes the video, sound and subtitles.

        Raises:
            ColorizerError: with the encoder's and the container's name.
        """
        with self.named_faults(), self.open(_Nowhere()) as output:
            self.add_streams(output, source)
            output.start_encoding()

    def add_streams(self, output: Any, source: Source) -> tuple[Any, dict[int, Any]]:
        """Give the film to come its streams.

        Args:
            output: an open container.
            source: a pass over the film.

        Returns:
            The one of the video, and those of copied packets by their index in the film.
        """
        output.metadata.update(self._metadata(source.video.container.metadata))
        video = self._add(output)
        video.metadata.update(source.video.metadata)
        if self._first.rotation:
            video.set_display_rotation(self._first.rotation)
        copies = {each.index: output.add_stream_from_template(each) for each in source.copied}
        return video, copies

    def write(self, frames: Iterable[Any], file: BinaryIO) -> list[Coded]:
        """Write a segment, which is decoded without any other.

        Args:
            frames: as `frames.colored` gives them.
            file: where to; gets the bytes alone.

        Returns:
            What was written, in the order of decoding.

        Raises:
            ColorizerError: if the encoder does not take the frames.
        """
        coded: list[Coded] = []
        durations: dict[int, int] = {}
        encoder = self._encoder()
        with self.named_faults():
            for frame in itertools.chain(frames, [None]):
                if frame is not None:
                    durations[frame.pts] = frame.duration
                for packet in encoder.encode(frame and self._encodable(frame)):
                    # Encoders drop durations.
                    duration = durations.pop(packet.pts, 0) or packet.duration
                    times = packet.pts, packet.dts, duration
                    coded.append(Coded(packet.size, *times, packet.is_keyframe))
                    file.write(bytes(packet))
        return coded

    def named_faults(self) -> "_NamedFaults":
        """A context in which FFmpeg's errors become a `ColorizerError`."""
        return _NamedFaults(f"{self._codec.name} in {self._suffix}")

    def open(self, file: Any) -> Any:
        """The container, open for writing."""
        return import_av().open(file, "w", format=self._container)

    def _metadata(self, own: dict[str, str]) -> dict[str, str]:
        # Matroska's names of tags are in capitals.
        known = next((name for name in own if name.lower() == "comment"), "comment")
        said = " ".join(filter(None, (own.get(known), self._sentence)))
        return {**own, known: said}

    def _encodable(self, frame: Any) -> Any:
        if frame.format.name == self._format:
            return frame
        new = frame.reformat(format=self._format, dst_color_range=frame.color_range)
        new.pts, new.time_base = frame.pts, frame.time_base
        return new

    def _add(self, output: Any) -> Any:
        rate, options = self._rate, self._options_of_encoder
        stream = output.add_stream(self._codec.name, rate=rate, options=options)
        stream.time_base = self._base
        self._set_up(stream.codec_context)
        return stream

    def _encoder(self) -> Any:
        av = import_av()
        encoder = av.CodecContext.create(self._codec.name, "w")
        encoder.options, encoder.framerate = self._options_of_encoder, self._rate
        self._set_up(encoder)
        if av.ContainerFormat(self._container, "w").flags & av.format.Flags.global_header.value:
            encoder.flags |= av.codec.context.Flags.global_header.value
        return encoder

    def _set_up(self, encoder: Any) -> None:
        first = self._first
        encoder.width, encoder.height, encoder.pix_fmt = first.width, first.height, self._format
        encoder.time_base = self._base
        if self._aspect:
            encoder.sample_aspect_ratio = self._aspect
        encoder.colorspace = matrix_of(first)
        encoder.color_range = prepared(first, self.bits).color_range
        for tag in ("color_primaries", "color_trc"):
            setattr(encoder, tag, getattr(first, tag))


class _NamedFaults:
    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Errors of the disk have a number above 0.
        if isinstance(error, import_av().error.FFmpegError) and not (error.errno or 0) > 0:
            raise ColorizerError(
                f"{self._what} cannot hold this film ({error.strerror}): "
                "try another --codec, or convert it to .mkv first"
            ) from error


class _Nowhere:
    """A file that forgets what is written."""

    def __init__(self) -> None:
        self._at = 0

    def write(self, data: bytes) -> int:
        self._at += len(data)
        return len(data)

    def seek(self, at: int, whence: int = 0) -> int:
        self._at = at if whence == 0 else self._at + at
        return self._at

    def tell(self) -> int:
        return self._at


def _pixel_format(codec: Any, first: Any) -> tuple[str, int]:
    """The encoder's, and the bits: 10 if the film has them and the encoder can."""
    known = [each.name for each in codec.video_formats or ()]
    bits = bits_of(first)
    for wanted in range(bits, 7, -2):
        if not known or working_format(first, wanted) in known:
            return working_format(first, wanted), wanted
    deep = any(component.bits > 8 for component in codec.video_formats[0].components)
    return known[0], 10 if deep and bits == 10 else 8
