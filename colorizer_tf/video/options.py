"""How films are written, and which part of them."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, option


@dataclass(frozen=True)
class FilmOptions:
    """How `colorize` writes films.

    Attributes:
        codec: name of an FFmpeg encoder; None is the container's default.
        crf: constant rate factor, 0 (best) to 63; encoders without one ignore it.
        start: seconds into the film at which to begin.
        end: seconds into the film at which to stop; None is its end.

    Raises:
        UsageError: if a value is outside of its range.
    """

    codec: str | None = option(None, "of films, an FFmpeg encoder [libx264; libvpx-vp9 in WebM]")
    crf: int = option(18, "quality of films, 0 the best to 63")
    start: float = 0.0
    end: float | None = None

    def __post_init__(self) -> None:
        check(0 <= self.crf <= 63, "crf", self.crf, "0 to 63")
        check(self.start >= 0, "from", self.start, "seconds, at least 0")
        check(self.end is None or self.end > self.start, "to", self.end, "more than --from")
