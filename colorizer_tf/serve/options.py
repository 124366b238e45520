"""Options of `serve`."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, option


@dataclass(frozen=True)
class ServeOptions:
    """Where `serve` listens, and its limits."""

    host: str = option("127.0.0.1", "address to listen on; 0.0.0.0 lets other machines in")
    port: int = option(7860, "port to listen on (0: any free one)")
    max_megabytes: int = option(32, "largest file taken, in MB of 2**20 bytes")
    max_megapixels: int = option(50, "largest photo taken, in millions of pixels")
    max_pages: int = option(50, "most pages of a file, or frames")
    max_clip_seconds: int = option(30, "longest film taken, in seconds; 0 takes none")
    max_clip_minutes: float = option(5.0, "minutes that the work on a film may take")
    max_scale: int = option(512, "largest size at which visitors may have color predicted")
    max_photos: int = option(50, "photos that the page takes at once")
    at_once: int = option(2, "photos colored at once")
    waiting: int = option(16, "requests that may wait; further ones are told that it is busy")
    keep_minutes: float = option(15.0, "minutes after which a visitor's files are deleted")

    def __post_init__(self) -> None:
        check(0 <= self.port <= 65535, "port", self.port, "0 to 65535")
        check(1 <= self.max_megabytes <= 512, "max_megabytes", self.max_megabytes, "1 to 512")
        for name in ("max_megapixels", "max_pages", "max_scale", "max_photos", "at_once"):
            check(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        check(self.max_clip_seconds >= 0, "max_clip_seconds", self.max_clip_seconds, "0 or more")
        check(self.max_clip_minutes > 0, "max_clip_minutes", self.max_clip_minutes, "more than 0")
        check(self.waiting >= 0, "waiting", self.waiting, "0 or more")
        check(self.keep_minutes > 0, "keep_minutes", self.keep_minutes, "more than 0")

    @property
    def max_bytes(self) -> int:
        """The largest file taken, in bytes."""
        return self.max_megabytes * 2**20
