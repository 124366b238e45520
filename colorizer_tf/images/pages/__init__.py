"""Files of several pages or frames: TIFF, GIF, WebP, APNG and AVIF in, TIFF, GIF, ... out; PDF."""

from colorizer_tf.images.pages.kinds import is_pdf, paged_kind
from colorizer_tf.images.pages.opening import open_pages, output_of, paged_format, pairs_of
from colorizer_tf.images.pages.page import KeptPage, Page, PagedFile, PagesOutput
from colorizer_tf.images.pages.pdf_pages import can_read_pdf

__all__ = [
    "KeptPage",
    "Page",
    "PagedFile",
    "PagesOutput",
    "can_read_pdf",
    "is_pdf",
    "open_pages",
    "output_of",
    "paged_format",
    "paged_kind",
    "pairs_of",
]
