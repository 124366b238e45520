"""Comparisons of a PDF's pages, as a PDF."""

from typing import Any, BinaryIO

import numpy as np

from colorizer_tf.images.jpeg_sizes import encode_jpeg
from colorizer_tf.images.pages.page import KeptPage, Page
from colorizer_tf.images.samples import in_8_bits

# Points of a page a pixel: 144 pixels an inch.
_SCALE = 72 / 144


class PairsPdf:
    """A PDF with one picture a page; see `PagesOutput`."""

    def __init__(self, stream: BinaryIO, quality: int) -> None:
        """Start without a page.

        Args:
            stream: written to by `finish`.
            quality: of the JPEGs, 1 to 100.
        """
        import pikepdf

        self._stream, self._quality = stream, quality
        self._pdf: Any = pikepdf.new()

    def add(self, page: Page | KeptPage, rgb: np.ndarray | None) -> None:
        """See `PagesOutput`."""
        from pikepdf import Dictionary, Name, Stream

        del page
        if rgb is None:
            return
        high, wide = rgb.shape[:2]
        jpeg = encode_jpeg(in_8_bits(rgb), self._quality, "444")
        picture = Stream(
            self._pdf,
            jpeg,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=wide,
            Height=high,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        sheet = self._pdf.add_blank_page(page_size=(wide * _SCALE, high * _SCALE))
        sheet.Resources = Dictionary(XObject=Dictionary(P=self._pdf.make_indirect(picture)))
        content = f"{wide * _SCALE:.4f} 0 0 {high * _SCALE:.4f} 0 0 cm /P Do"
        sheet.Contents = Stream(self._pdf, content.encode())

    def finish(self) -> None:
        """See `PagesOutput`."""
        self._pdf.save(self._stream, deterministic_id=True)
