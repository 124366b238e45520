"""A page of a file, and a page that is not to be colored."""

from collections.abc import Container, Generator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from colorizer_tf.images.photo import Photo

Numbers = Container[int]


@dataclass(frozen=True)
class Page:
    """A page to color.

    Attributes:
        number: from 1 on, as users count.
        photo: its picture. Of frames the metadata is the file's.
        wanted: whether it is to be colored; a frame that is not is written as it is.
        milliseconds: how long a frame is shown.
    """

    number: int
    photo: Photo
    wanted: bool = True
    milliseconds: float = 0


@dataclass(frozen=True)
class KeptPage:
    """A page that stays as it is: a TIFF file of that page alone."""

    content: bytes


class PagedFile(Protocol):
    """A file of several pages that is being read.

    Attributes:
        count: its pages.
        most_pixels: that are in memory together: of its largest page, of all of its frames.
        is_animation: whether its pages are frames, shown one after another.
        notes: what a user may not expect; complete when all pages were read.
    """

    count: int
    most_pixels: int
    is_animation: bool
    notes: list[str]

    def pages(self, wanted: Numbers) -> Generator[Page | KeptPage]:
        """The pages one after another.

        Args:
            wanted: numbers of the pages to color.

        Raises:
            ImageError: if one is broken; the message is the reason and begins with its number.
        """


class PagesOutput(Protocol):
    """A file of several pages that is being written."""

    def add(self, page: Page | KeptPage, rgb: np.ndarray | None) -> None:
        """Add a page.

        Args:
            page: the page, which brings alpha and metadata.
            rgb: its picture `(h, w, 3)`, uint8 or uint16; None for a page that is kept.

        Raises:
            ImageError: if the format cannot hold it.
        """

    def finish(self) -> None:
        """Write what is not written yet."""
