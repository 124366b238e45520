"""Pages of PDFs that a picture shows, and the PDF with pictures in color in their places."""

import importlib.util
import json
from collections.abc import Generator
from typing import BinaryIO

import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.isolation import Session
from colorizer_tf.images.jpeg_sizes import encode_within
from colorizer_tf.images.limits import max_pixels
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.pages.children import named
from colorizer_tf.images.pages.page import KeptPage, Numbers, Page
from colorizer_tf.images.photo import Photo
from colorizer_tf.images.profiles import to_srgb
from colorizer_tf.images.reading import read
from colorizer_tf.images.samples import in_8_bits

MISSING = 'PDFs need one more package: pip install "colorizer-tf[pdf]"'
# The file is to take at most so many times its bytes: with what is said of the colors and their
# profile, and pictures in color that each take at most so many times theirs.
_MOST_FILE_GROWTH, _SAID_BYTES = 1.5, 2500
_MOST_GROWTH = 1.4
# Of pictures that were stored without a loss: their L* is to stay within a unit or so.
_FINE_QUALITY = 97


def can_read_pdf() -> bool:
    """Whether the extra `pdf` is installed."""
    return importlib.util.find_spec("pikepdf") is not None


class PdfPages:
    """A PDF; see `PagedFile`.

    Attributes:
        most_pixels: of its largest picture, or as many as are decoded at most.
        content: the PDF with the pictures that were put; whole when all pages were read.
    """

    is_animation = False

    def __init__(self, session: Session, size: int) -> None:
        """Read its structure.

        Args:
            session: of the kind "pdf", for this file alone.
            size: bytes of the file.

        Raises:
            ImageError: if it is encrypted, broken or too large.
        """
        self._session = session
        facts = _facts(session).values
        self.count = int(facts["pages"])
        self.most_pixels = min(int(facts["most_pixels"]), max_pixels())
        self.notes: list[str] = []
        self.content = b""
        self._jpeg, self._facts = b"", Facts({})
        self._growth = min(_MOST_GROWTH, max(1.0, _MOST_FILE_GROWTH - _SAID_BYTES / size))

    def pages(self, wanted: Numbers) -> Generator[Page]:
        """See `PagedFile`; only pages that a picture shows, upright."""
        numbers = [number for number in range(1, self.count + 1) if number in wanted]
        facts = _facts(self._session, json.dumps(numbers).encode())
        while "page" in facts.values:
            number = int(facts.values["page"])
            with named(f"page {number}"):
                pixels = _pixels(facts)
            self._jpeg, self._facts = b"", facts
            yield Page(number, Photo(_turned(pixels, facts), None, "pdf"))
            facts = _facts(self._session, self._jpeg)
        self.content = facts.blocks[0]
        kept = facts.values["kept"].items()
        self.notes = [f"kept as it was: {_pages(count)} {what}" for what, count in kept]
        if facts.values["signed"]:
            self.notes.append("its signature holds no more")

    def put(self, rgb: np.ndarray, quality: int) -> None:
        """Put a picture in the place of the last page's.

        Args:
            rgb: `(h, w, 3)` uint8, or uint16 of which the nearest 8 bits are taken; upright.
            quality: of the JPEG, 1 to 100; less if it would be much larger than before.
        """
        values = self._facts.values
        most = int(values["bytes"] * self._growth)
        best = quality if values["lossy"] else max(quality, _FINE_QUALITY)
        self._jpeg = encode_within(_turned_back(in_8_bits(rgb), self._facts), best, most)


class PdfOutput:
    """The PDF of `PdfPages`, written when all of its pages are there; see `PagesOutput`."""

    def __init__(self, stream: BinaryIO, source: PdfPages, quality: int) -> None:
        self._stream, self._source, self._quality = stream, source, quality

    def add(self, page: Page | KeptPage, rgb: np.ndarray | None) -> None:
        """See `PagesOutput`; the page is the last that the source gave."""
        del page
        if rgb is not None:
            self._source.put(rgb, self._quality)

    def finish(self) -> None:
        """See `PagesOutput`."""
        self._stream.write(self._source.content)


def _facts(session: Session, reply: bytes = b"") -> Facts:
    facts = session.next(reply)
    if not isinstance(facts, Facts):
        raise ImageError("truncated PDF")
    return facts


def _pixels(facts: Facts) -> np.ndarray:
    """A picture as it is stored, `(h, w)` or `(h, w, 3)`, in sRGB."""
    content, profile = facts.blocks
    if "shape" in facts.values:
        stored = np.frombuffer(content, facts.values["dtype"]).reshape(facts.values["shape"])
    else:
        if kind_of(content) not in ("jpeg", "jpeg2000"):
            raise ImageError("broken picture (neither JPEG nor JPEG 2000)")
        photo = read(content)
        stored, profile = photo.colors, profile or photo.profile
        if facts.values.get("negative"):
            stored = np.iinfo(stored.dtype).max - stored
    if stored.ndim == 3 and stored.shape[2] != 3:
        raise ImageError("a picture of other colors than its page says")
    return to_srgb(stored, profile)


def _turned(pixels: np.ndarray, facts: Facts) -> np.ndarray:
    shown = pixels[::-1] if facts.values["flipped"] else pixels
    return np.ascontiguousarray(np.rot90(shown, facts.values["turns"]))


def _turned_back(pixels: np.ndarray, facts: Facts) -> np.ndarray:
    stored = np.rot90(pixels, -facts.values["turns"])
    return np.ascontiguousarray(stored[::-1] if facts.values["flipped"] else stored)


def _pages(count: int) -> str:
    return f"{count} page{'s' if count != 1 else ''}"
