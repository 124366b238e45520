"""A film's packets and decoded frames, with its faults named."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError, cannot_read
from colorizer_tf.images.limits import max_pixels

NEEDS_AV = 'films need one more package: pip install "colorizer-tf[video]"'

# What the endings in `names` stand for. FFmpeg goes by a file's content, and playlists in it would
# have other files read, and addresses.
_CONTAINERS = ("mov", "matroska", "webm", "avi", "mpeg", "mpegvideo", "mpegts", "asf", "flv", "ogg")
_READING = {"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": "file"}

# Containers whose header tells how long the film is; of others FFmpeg guesses it.
_TELL_LENGTH = ("mov,mp4", "matroska")
_SECONDS_SHORT = 0.5


class UnreadableFilmError(ColorizerError):
    """What a film itself is the cause of: run again it fails again."""


def import_av() -> Any:
    """The package `av`.

    Raises:
        ColorizerError: if it is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise ColorizerError(NEEDS_AV) from error
    return av


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The film's container, open for reading.

    Raises:
        ColorizerError: if it is missing, unreadable or no film.
    """
    av = import_av()
    try:
        # Checked first: FFmpeg takes some names for addresses and patterns.
        path.open("rb").close()
        container = av.open(f"file:{path}", options=_READING)
    except av.error.FFmpegError as error:
        raise ColorizerError(f"not a film that can be read ({error.strerror})") from error
    except OSError as error:
        raise cannot_read(path, error) from error
    with container:
        yield container


def video_stream(container: Any) -> Any:
    """The stream to color: the first that is not a cover picture.

    Its frames have at most as many pixels as a picture may.

    Raises:
        UnreadableFilmError: if there is none, or FFmpeg has no decoder for it.
    """
    av = import_av()
    for stream in container.streams.video:
        if stream.disposition & av.stream.Disposition.attached_pic:
            continue
        if stream.codec_context is None:
            raise UnreadableFilmError("no decoder for its video: convert it to H.264 first")
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(max_pixels())}
        return stream
    kinds = sorted({stream.type for stream in container.streams}) or ["nothing"]
    raise UnreadableFilmError(f"no video track, received {', '.join(kinds)}")


def decoded(packet: Any) -> list[Any]:
    """The frames that a packet of the video completes.

    Raises:
        UnreadableFilmError: if the packet is damaged or cut short; the message tells where.
    """
    av = import_av()
    try:
        if packet.is_corrupt:
            raise av.error.InvalidDataError(0, "cut short")
        return list(packet.decode())
    except av.error.FFmpegError as error:
        at = f" at {float(packet.pts * packet.time_base):.1f} s" if packet.pts is not None else ""
        raise UnreadableFilmError(
            f"its video is damaged{at} ({error.strerror}): --to colors what comes before"
        ) from error


def check_end(container: Any, reached: float) -> None:
    """Check that a film was read to its end.

    Args:
        container: the film.
        reached: where its last packet ends, in seconds.

    Raises:
        UnreadableFilmError: if the file ends before the film does.
    """
    if container.duration is None or not container.format.name.startswith(_TELL_LENGTH):
        return
    end = (container.duration + (container.start_time or 0)) / 1_000_000
    if reached < end - _SECONDS_SHORT:
        raise UnreadableFilmError(
            f"its file is cut short: it ends at {reached:.1f} s of {end:.1f} s; "
            f"--to {max(reached - 0.1, 0.1):.1f} colors what is there"
        )
