"""A file of several pages in color, page by page: TIFF, animations, PDF."""

import contextlib
import dataclasses
import functools
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.selection import PageSelection
from colorizer_tf.color.merge import gray_of, small_lightness
from colorizer_tf.images.pages import (
    KeptPage,
    Page,
    PagedFile,
    PagesOutput,
    output_of,
    paged_format,
    pairs_of,
)
from colorizer_tf.inference.scales import network_sides
from colorizer_tf.records.photo import is_in_color

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

IN_COLOR = "already in color, recolored"


@dataclass(frozen=True)
class PagesRequest:
    """How the pages of a file are colored.

    Attributes:
        colorizer: the model.
        options: strength, pages, format and quality.
        asked: fields of `PredictionRequest` that differ from the colorizer's own.
    """

    colorizer: "Colorizer"
    options: ColorizeOptions
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def credit(self) -> str:
        """Who makes the colors."""
        request = dataclasses.replace(self.colorizer.request, **self.asked)
        return request.credit(self.colorizer.name)


@dataclass(frozen=True)
class ColoredPages:
    """What became of a file of several pages.

    Attributes:
        size: height and width of the first page that was colored; zeros if none was.
        first: that page, gray or in color as it came, and in color; None if there is none.
        notes: what a user may not expect.
    """

    size: tuple[int, int]
    first: tuple[images.Photo, np.ndarray] | None
    notes: list[str]


def color_pages(
    source: PagedFile,
    request: PagesRequest,
    outputs: list[PagesOutput],
    check: Callable[[], None],
) -> ColoredPages:
    """Color the pages of a file that are asked for; the others stay as they are.

    Args:
        source: the file.
        request: how.
        outputs: what takes the pages, if anything; a second one takes pairs of gray and color.
        check: called before each page; may raise, to end early.

    Raises:
        ImageError: if a page is broken, or none of those named is there.
    """
    wanted = PageSelection.parsed(request.options.pages)
    _check_pages(source, wanted)
    first: tuple[images.Photo, np.ndarray] | None = None
    in_color = False
    with contextlib.closing(_colored(source, wanted, request)) as pages:
        for page, rgb in pages:
            check()
            for main in outputs[:1]:
                main.add(page, rgb)
            if isinstance(page, KeptPage) or not page.wanted or rgb is None:
                continue
            for pairs in outputs[1:]:
                pairs.add(*_pair(page, rgb))
            first = first or (page.photo, rgb)
            in_color = in_color or is_in_color(page.photo.pixels)
    for each in outputs:
        each.finish()
    size = first[1].shape[:2] if first else (0, 0)
    notes = [IN_COLOR] if in_color else []
    return ColoredPages((size[0], size[1]), first, notes + source.notes)


def write_pages(
    source: PagedFile,
    data: bytes,
    request: PagesRequest,
    streams: list[BinaryIO],
    check: Callable[[], None],
) -> ColoredPages:
    """As `color_pages`, into files of the format that `format_of` gives.

    Args:
        source: the file.
        data: its content.
        request: how.
        streams: of the file in color, and of the comparison if there is one.
        check: as of `color_pages`.
    """
    options = request.options
    written = format_of(source, data, options)
    settings: dict[str, Any] = {"quality": options.quality, "made_by": request.credit}
    if paged_format(data, options.format):
        makers = [output_of, pairs_of][: len(streams)]
        outputs = [
            make(source, written, stream, **settings)
            for make, stream in zip(makers, streams, strict=True)
        ]
        return color_pages(source, request, outputs, check)
    colored = color_pages(source, request, [], check)
    if colored.first is None:
        raise ImageError(f"--pages {options.pages}: no picture there")
    photo, rgb = colored.first
    pictures: list[tuple[np.ndarray, images.Photo | None]] = [(rgb, photo)]
    if len(streams) > 1:
        pictures.append((np.concatenate([gray_of(photo.pixels), rgb], axis=1), None))
    for stream, (pixels, like) in zip(streams, pictures, strict=True):
        stream.write(images.encode_photo(pixels, written, like=like, **settings))
    return colored


def format_of(source: PagedFile, data: bytes, options: ColorizeOptions) -> str:
    """The format that a file of several pages is written in.

    One that holds a single picture is taken if `options.pages` names one page.

    Raises:
        ImageError: if it names more.
    """
    paged = paged_format(data, options.format)
    wanted = PageSelection.parsed(options.pages)
    chosen = sum(number in wanted for number in range(1, source.count + 1))
    if not paged and chosen > 1:
        raise ImageError(
            f"{options.format} holds one picture, and it has {chosen} pages: --format same keeps "
            "them, --pages 1 takes the first"
        )
    return paged or images.output_format("", options.format)


def _check_pages(source: PagedFile, wanted: PageSelection) -> None:
    """Refuse a selection of pages of which the file has none.

    Raises:
        ImageError: if so.
    """
    if not any(number in wanted for number in range(1, source.count + 1)):
        raise ImageError(f"--pages {wanted}: it has {source.count} pages")


def _colored(
    source: PagedFile, wanted: PageSelection, request: PagesRequest
) -> Generator[tuple[Page | KeptPage, np.ndarray | None]]:
    with contextlib.closing(source.pages(wanted)) as pages:
        if source.is_animation:
            yield from _colored_frames(pages, request)
            return
        colorizer, strength = request.colorizer, request.options.strength
        for page in pages:
            rgb = None
            if isinstance(page, Page):
                rgb = colorizer.colorize(page.photo.pixels, strength=strength, **request.asked)
            yield page, rgb


def _colored_frames(
    pages: Iterator[Page | KeptPage], request: PagesRequest
) -> Iterator[tuple[Page, np.ndarray]]:
    """Frames with color that is steady along their motion, as films have it."""
    from colorizer_tf.video.steadiness import steady

    colorizer, strength = request.colorizer, request.options.strength
    asked = replace(colorizer.request, **request.asked)
    frames = (page for page in pages if isinstance(page, Page))
    for wanted, group in itertools.groupby(frames, lambda page: page.wanted):
        if not wanted:
            yield from ((page, _as_rgb(page.photo.pixels)) for page in group)
            continue
        seen = (
            (page, _lightness(page.photo.pixels, asked.size or colorizer.size)) for page in group
        )
        predict = functools.partial(colorizer.predict_lightness, request=asked)
        # Animations may jump from frame to frame: the network sees each of them.
        for page, prediction in steady(seen, predict, every=1):
            yield page, colorizer.merge(page.photo.pixels, prediction, strength=strength)


def _lightness(pixels: np.ndarray, size: int) -> np.ndarray:
    """What the network sees of a frame: L* `(h, w)`."""
    high, wide = pixels.shape[:2]
    return small_lightness(pixels, *network_sides(high, wide, size))


def _as_rgb(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def _pair(page: Page, rgb: np.ndarray) -> tuple[Page, np.ndarray]:
    both = np.concatenate([gray_of(page.photo.pixels), rgb], axis=1)
    return replace(page, photo=images.Photo(both, None, page.photo.format)), both
