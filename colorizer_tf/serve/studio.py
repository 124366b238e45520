"""The models in memory, and the one place where visitors' photos are colored: few at once."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.color.merge import gray_of
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.serve.options import ServeOptions


class BusyError(ColorizerError):
    """As many requests are here as may be: come again in a moment."""


class TooLargeError(ImageError):
    """A file or picture over the server's limits."""


@dataclass(frozen=True)
class Wish:
    """What is wanted of one photo.

    Attributes:
        model: the name of a model that is served; empty for the first.
        size: scale at which color is predicted; None for the model's own.
        options: strength, format and quality.
    """

    model: str = ""
    size: int | None = None
    options: ColorizeOptions = field(default_factory=ColorizeOptions)


@dataclass(frozen=True)
class Colored:
    """A photo that was colored.

    Attributes:
        content: of the file, with metadata as `colorizer-tf colorize` writes it.
        format: the file's: "jpeg", "png", "webp" or "tiff".
        gray: `(h, w, 3)` sRGB of the photo without its color.
        pixels: `(h, w, 3)` sRGB of the photo in color.
        alpha: `(h, w)` or None.
    """

    content: bytes
    format: str
    gray: np.ndarray
    pixels: np.ndarray
    alpha: np.ndarray | None


class Studio:
    """Colors photos for many visitors.

    Attributes:
        models: those that are served, by name; the first is the default.
        options: the server's.
    """

    def __init__(self, colorizers: Sequence[Colorizer], options: ServeOptions) -> None:
        """Open it.

        Args:
            colorizers: the models; of several with one name, all but the first get a number.
            options: limits.
        """
        self.options = options
        self.models: dict[str, Colorizer] = {}
        for each in colorizers:
            self.models[_free_name(each.name, self.models)] = each
        self._threads = ThreadPoolExecutor(options.at_once, thread_name_prefix="studio")
        self._inside = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """A place among those who are served or wait, until the context ends.

        Raises:
            BusyError: at once, if none is left.
        """
        with self._lock:
            if self._inside >= self.options.at_once + self.options.waiting:
                raise BusyError("busy: as many requests wait as may; try again in a moment")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def model(self, name: str) -> Colorizer:
        """The model of a name, or the default if it is empty.

        Raises:
            UsageError: if none is called so.
        """
        if not name:
            return next(iter(self.models.values()))
        if name not in self.models:
            raise UsageError(f"model: received {name!r}, expected {' or '.join(self.models)}")
        return self.models[name]

    def largest_size(self, colorizer: Colorizer) -> int:
        """The largest scale at which this model may predict: its own one always may."""
        return max(self.options.max_scale, int(colorizer.info["size"]))

    def submit(self, data: bytes, wish: Wish) -> "Future[Colored]":
        """Have a photo colored when it is its turn.

        Returns:
            What gives the photo in color, or raises: `TooLargeError` over a limit, `ImageError` if
            it is no usable picture, `UsageError` if the wish cannot be met.
        """
        return self._threads.submit(self._color, data, wish)

    def close(self) -> None:
        """Start nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _color(self, data: bytes, wish: Wish) -> Colored:
        colorizer, options = self.model(wish.model), wish.options
        self._check_size(colorizer, wish.size)
        self._check_limits(data)
        photo = images.decode_photo(data)
        size = wish.size or colorizer.size
        pixels = colorizer.colorize(photo.pixels, strength=options.strength, size=size)
        written = images.output_format(photo.format, options.format)
        content = images.encode_photo(
            pixels, written, like=photo, quality=options.quality, made_by=colorizer.name
        )
        return Colored(content, written, gray_of(photo.pixels), pixels, photo.alpha)

    def _check_size(self, colorizer: Colorizer, size: int | None) -> None:
        largest = self.largest_size(colorizer)
        if size is not None and not 1 <= size <= largest:
            raise UsageError(f"size: received {size}, expected 1 to {largest}")

    def _check_limits(self, data: bytes) -> None:
        if len(data) > self.options.max_bytes:
            raise TooLargeError(f"the file is larger than {self.options.max_megabytes} MB")
        height, width = images.photo_size(data)
        if height * width > self.options.max_megapixels * 1_000_000:
            raise TooLargeError(
                f"the photo has {width} x {height} pixels, expected at most "
                f"{self.options.max_megapixels} megapixels"
            )


def _free_name(name: str, taken: dict[str, Colorizer]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
