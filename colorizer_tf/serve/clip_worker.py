"""One film colored in a process of its own: what a hostile one breaks is that process alone."""

import dataclasses
import errno
import json
import os
import resource
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorizer_tf.base.errors import ColorizerError, UsageError, is_disk_full
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.video.film import color_film
from colorizer_tf.video.frames import turns_of
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import opened, video_stream

# Of a film of at most so many pixels some tens of frames are held: about 1 GB.
MOST_PIXELS = 9_000_000
_MOST_MEMORY = 4 * 2**30
# Beyond it, what a file says of its length is not believed.
_MOST_FRAMES_A_SECOND = 120
_NICE = 5


@dataclass(frozen=True)
class ClipOrder:
    """What a process is told, as JSON.

    Attributes:
        source: the film; its ending is that of its kind.
        target: where to write, with the ending of `video.names.suffix_for`.
        poster: where to write one frame in color as PNG; empty for none.
        model: the model's folder.
        runtime: "onnx" or "tensorflow".
        strength: factor of the predicted a* and b*.
        max_seconds: the longest film taken.
        max_pixels: of a frame.
        max_bytes: of the film in color.
        prediction: fields of `PredictionRequest`.
    """

    source: str
    target: str
    poster: str
    model: str
    runtime: str
    strength: float
    max_seconds: int
    max_pixels: int
    max_bytes: int
    prediction: dict[str, Any] = field(default_factory=dict)

    def as_line(self) -> bytes:
        """A line of JSON."""
        return json.dumps(dataclasses.asdict(self)).encode() + b"\n"


class LongFilmError(ColorizerError):
    """A film over the limits on length, size or frames."""


_END_OF: tuple[tuple[type[Exception], str], ...] = (
    (LongFilmError, "too large"),
    (UsageError, "usage"),
    (ColorizerError, "unusable"),
)


def main() -> None:
    """Take an order from stdin; say on stdout how far it is, and in the end what became of it."""
    order = ClipOrder(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    _limit_resources(order)
    try:
        color_clip(order)
    except Exception as error:
        _say(**_reason(error, order))
    else:
        _say(end="done")


def color_clip(order: ClipOrder) -> None:
    """Color a film.

    Raises:
        LongFilmError: if it is over a limit.
        ColorizerError: as of `color_film`.
    """
    source, target = Path(order.source), Path(order.target)
    _check(source, order)
    most = order.max_seconds * _MOST_FRAMES_A_SECOND

    def told(done: int, expected: int) -> None:
        if done > most:
            raise LongFilmError(f"it has more than {most} frames")
        _say(done=done, expected=max(done, expected))

    colorizer = Colorizer(order.model, runtime=order.runtime, threads=1, **order.prediction)
    color_film(source, target, colorizer, FilmOptions(), strength=order.strength, told=told)
    if order.poster:
        _write_poster(target, Path(order.poster))


def _check(source: Path, order: ClipOrder) -> None:
    with opened(source) as container:
        stream = video_stream(container)
        seconds = (container.duration or 0) / 1_000_000
        if seconds > order.max_seconds:
            raise LongFilmError(
                f"the film takes {seconds:.1f} s, expected at most {order.max_seconds} s"
            )
        if stream.width * stream.height > order.max_pixels:
            raise LongFilmError(
                f"its frames have {stream.width} x {stream.height} pixels, expected at most "
                f"{order.max_pixels / 1_000_000:g} megapixels"
            )


def _write_poster(film: Path, path: Path) -> None:
    """A frame of the first third, upright: the very first ones are often black."""
    with opened(film) as container:
        stream = video_stream(container)
        container.seek((container.duration or 0) // 3)
        frame = next(container.decode(stream))
        pixels = np.rot90(frame.to_ndarray(format="rgb24"), turns_of(frame))
    Image.fromarray(np.ascontiguousarray(pixels)).save(path)


def _limit_resources(order: ClipOrder) -> None:
    os.nice(_NICE)
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: order.max_bytes}
    if order.runtime == "onnx":
        # TensorFlow on a GPU maps far more than it uses.
        limits[resource.RLIMIT_DATA] = _MOST_MEMORY
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or most <= hard:
            resource.setrlimit(kind, (most, most))


def _end_with_the_server() -> None:
    # Ends when the server closes its end of the pipe, or is no more.
    sys.stdin.buffer.read()
    os._exit(1)


def _reason(error: Exception, order: ClipOrder) -> dict[str, str]:
    causes = [error, error.__cause__]
    if any(isinstance(each, OSError) and each.errno == errno.EFBIG for each in causes):
        text = f"in color it is larger than {order.max_bytes // 2**20} MB"
        return {"end": "too large", "reason": text}
    if is_disk_full(error):
        return {"end": "busy", "reason": "busy: no room on the disk; try again in some minutes"}
    if any(isinstance(each, MemoryError) for each in causes):
        return {"end": "unusable", "reason": "not enough memory to decode it"}
    for kind, end in _END_OF:
        if isinstance(error, kind):
            # No path of the server is told.
            text = str(error).replace(f"{Path(order.source).parent}{os.sep}", "")
            return {"end": end, "reason": text}
    return {"end": "unusable", "reason": f"it cannot be colored ({type(error).__name__})"}


def _say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
