"""The models in memory, and the threads that color the photos of all clients, a few at once."""

import contextlib
import dataclasses
import hashlib
import io
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError, UsageError
from colorizer_tf.batch.outputs import Merge
from colorizer_tf.batch.pages import PagesRequest, format_of, write_pages
from colorizer_tf.color.merge import gray_of
from colorizer_tf.images.pages import open_pages, paged_kind
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.guidance import Guidance
from colorizer_tf.inference.hints.hint import Hint
from colorizer_tf.inference.hints.likely import likely_colors
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.serve.clips import ClipProcesses
from colorizer_tf.serve.errors import BusyError, TooLargeError
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.photo import ColorizedPhoto, PhotoRequest
from colorizer_tf.serve.recent import RecentPhotos


class ColorizeService:
    """Colors photos for several clients at once.

    Attributes:
        models: those that are served, by name; the first is the default.
        options: the server's.
        clips: color the films.
    """

    def __init__(self, colorizers: Sequence[Colorizer], options: ServeOptions) -> None:
        """Start without any request.

        Args:
            colorizers: the models; of several with one name, all but the first get a number.
            options: limits.
        """
        self.options = options
        self.models: dict[str, Colorizer] = {}
        for each in colorizers:
            self.models[_unique_name(each.name, self.models)] = each
        self.clips = ClipProcesses(options)
        self._recent = RecentPhotos(options.keep_minutes * 60)
        self._threads = ThreadPoolExecutor(options.at_once, thread_name_prefix="colorize")
        self._requests = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Count a request as running or waiting until the context ends.

        Raises:
            BusyError: at once, if as many are running and waiting as may.
        """
        with self._lock:
            if self._requests >= self.options.at_once + self.options.waiting:
                raise BusyError("busy: the queue is full; try again in a moment")
            self._requests += 1
        try:
            yield
        finally:
            with self._lock:
                self._requests -= 1

    def model(self, name: str) -> Colorizer:
        """The model with a name, or the first if the name is empty.

        Raises:
            UsageError: if there is none.
        """
        if not name:
            return next(iter(self.models.values()))
        if name not in self.models:
            raise UsageError(f"model: received {name!r}, expected {' or '.join(self.models)}")
        return self.models[name]

    def largest_size(self, colorizer: Colorizer) -> int:
        """The largest scale at which a model may predict; never below the model's own."""
        return max(self.options.max_scale, int(colorizer.info["size"]))

    def prediction_settings(self, colorizer: Colorizer, request: PhotoRequest) -> dict[str, Any]:
        """The fields of `PredictionRequest` that a request names.

        Raises:
            UsageError: if its size is over the limit.
        """
        largest = self.largest_size(colorizer)
        if request.size is not None and not 1 <= request.size <= largest:
            raise UsageError(f"size: received {request.size}, expected 1 to {largest}")
        settings = {
            "size": request.size,
            "temperature": request.temperature,
            "restore": request.restore or None,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def submit(self, data: bytes, request: PhotoRequest) -> "Future[ColorizedPhoto]":
        """Schedule the coloring of a photo.

        Returns:
            A future of the photo in color. It raises `TooLargeError` over a limit, `ImageError` if
            the data is no usable image, `UsageError` if the request's values are out of range.
        """
        return self._threads.submit(self._colorize, data, request)

    def submit_likely(
        self, data: bytes, request: PhotoRequest, x: float, y: float
    ) -> "Future[list[str]]":
        """Schedule the search for likely colors in a place of a photo; as of `submit`."""
        return self._threads.submit(self._likely, data, request, x, y)

    def close(self) -> None:
        """Start no further photo, and end the films."""
        self.clips.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _colorize(self, data: bytes, request: PhotoRequest) -> ColorizedPhoto:
        colorizer, options = self.model(request.model), request.options
        settings = self.prediction_settings(colorizer, request)
        self._check_bytes(data)
        if paged_kind(data):
            if request.hints:
                raise UsageError("hints: received a file of several pages, expected a photo")
            return self._color_pages(data, PagesRequest(colorizer, options, settings))
        self._check_size(data)
        if request.hints and request.confidence:
            raise UsageError("hints: received them with confidence, expected one of both")
        if request.hints and request.restore and request.seed is not None:
            raise UsageError("hints: received them with restore and a seed, expected one of both")
        guidance, notes = Guidance(request.hints or ()), list[str]()
        made_by = guidance.credit(PredictionRequest(restore=request.restore).credit(colorizer.name))
        picture: np.ndarray | images.Planes
        if request.restore or request.confidence:
            photo = images.decode_photo(data)
            picture = _colored(colorizer, photo.pixels, request, settings)
        else:
            photo, prediction = self._known(data, colorizer, settings, request)
            strength = options.strength
            if guidance:
                found = colorizer.guide(
                    photo.pixels, guidance, strength=strength, prediction=prediction
                )
                prediction, notes, strength = found.prediction, found.notes, 1.0
            # As the command line merges, for the same file.
            as_planes = photo.alpha is None
            as_planes &= images.output_format(photo.format, options.format) == "jpeg"
            merge = Merge(colorizer, colorizer.restored(photo.pixels), as_planes)
            picture = merge(prediction, strength)
        written = images.output_format(photo.format, options.format)
        content = images.encode_photo(
            picture, written, like=photo, quality=options.quality, made_by=made_by
        )
        merged = None if isinstance(picture, images.Planes) else picture
        gray = gray_of(photo.pixels)
        return ColorizedPhoto(content, written, gray, merged, photo.alpha, tuple(notes))

    def _likely(self, data: bytes, request: PhotoRequest, x: float, y: float) -> list[str]:
        colorizer = self.model(request.model)
        settings = self.prediction_settings(colorizer, request)
        self._check_bytes(data)
        self._check_size(data)
        known = dataclasses.replace(request, hints=())
        photo, prediction = self._known(data, colorizer, settings, known)
        height, width = photo.pixels.shape[:2]
        return likely_colors(prediction, photo.pixels, Hint(x, y).place(height, width))

    def _known(
        self, data: bytes, colorizer: Colorizer, settings: dict[str, Any], request: PhotoRequest
    ) -> tuple[images.Photo, Prediction]:
        """A photo and what a model predicts for it, kept between the clicks of a person."""
        key = hashlib.sha256(data).hexdigest(), id(colorizer), repr(settings), request.seed
        known = self._recent.get(key)
        if known is None:
            photo = images.decode_photo(data)
            asked = dataclasses.replace(colorizer.request, **settings)
            known = photo, _predicted(colorizer, photo.pixels, asked, request.seed)
            if request.hints is not None:
                self._recent.put(key, known)
        return known

    def _color_pages(self, data: bytes, request: PagesRequest) -> ColorizedPhoto:
        stream = io.BytesIO()
        with open_pages(data, made_by=request.credit) as source:
            if source.count > self.options.max_pages:
                raise TooLargeError(
                    f"the file has {source.count} pages or frames, expected at most "
                    f"{self.options.max_pages}"
                )
            pixels = source.most_pixels
            self._check_pixels(pixels, f"a page, or all frames together, have {pixels} pixels")
            written = format_of(source, data, request.options)
            colored = write_pages(source, data, request, [stream], lambda: None)
        if colored.first is None:
            raise ImageError("no page of it is a picture")
        photo, rgb = colored.first
        return ColorizedPhoto(stream.getvalue(), written, gray_of(photo.pixels), rgb, photo.alpha)

    def _check_bytes(self, data: bytes) -> None:
        if len(data) > self.options.max_bytes:
            raise TooLargeError(f"the file is larger than {self.options.max_megabytes} MB")

    def _check_size(self, data: bytes) -> None:
        height, width = images.photo_size(data)
        self._check_pixels(height * width, f"the photo has {width} x {height} pixels")

    def _check_pixels(self, pixels: int, received: str) -> None:
        if pixels > self.options.max_megapixels * 1_000_000:
            raise TooLargeError(
                f"{received}, expected at most {self.options.max_megapixels} megapixels"
            )


def _predicted(
    colorizer: Colorizer, pixels: np.ndarray, asked: PredictionRequest, seed: int | None
) -> Prediction:
    """What the model says, or with a seed one of its variants."""
    if seed is None:
        return colorizer.predict(pixels, asked)
    return colorizer.predict_variants(pixels, 1, dataclasses.replace(asked, seed=seed))[0]


def _colored(
    colorizer: Colorizer, pixels: np.ndarray, request: PhotoRequest, settings: dict[str, Any]
) -> np.ndarray:
    """The photo restored and in color, or the map of confidence."""
    strength = request.options.strength
    if request.confidence:
        _, sure = colorizer.colorize(pixels, return_confidence=True, **settings)
        return np.repeat(np.rint(sure[..., None] * 255).astype(np.uint8), 3, axis=-1)
    if request.seed is None:
        hints = request.hints or ()
        return colorizer.colorize(pixels, strength=strength, hints=hints, **settings)
    return colorizer.variants(pixels, 1, request.seed, strength=strength, **settings)[0]


def _unique_name(name: str, taken: dict[str, Colorizer]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique
