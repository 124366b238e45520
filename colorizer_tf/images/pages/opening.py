"""Any file of several pages opened, and an output begun for it."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.pages.animation import AnimationPages
from colorizer_tf.images.pages.animation_output import AnimationOutput
from colorizer_tf.images.pages.children import open_session
from colorizer_tf.images.pages.kinds import paged_kind
from colorizer_tf.images.pages.page import PagedFile, PagesOutput
from colorizer_tf.images.pages.pdf_pages import MISSING, PdfOutput, PdfPages, can_read_pdf
from colorizer_tf.images.pages.pdf_pairs import PairsPdf
from colorizer_tf.images.pages.tiff_output import TiffOutput
from colorizer_tf.images.pages.tiff_reading import TiffPages

_ANIMATED = ("gif", "webp", "png", "avif")


@contextlib.contextmanager
def open_pages(data: bytes, *, made_by: str) -> Iterator[PagedFile]:
    """A file of several pages, for one reading.

    Args:
        data: of which `paged_kind` gives a kind.
        made_by: the model's name, for the metadata of PDFs.

    Raises:
        ImageError: if it is broken, encrypted, too large or needs a package that is not there; the
            message is a short reason.
    """
    kind = paged_kind(data)
    if kind == "pdf" and not can_read_pdf():
        raise ImageError(MISSING)
    # A session is taken first, before what else files wait for each other for.
    with open_session({"kind": kind, "made_by": made_by}, data) as session:
        if kind == "tiff":
            yield TiffPages(session, data)
        elif kind == "frames":
            yield AnimationPages(session, data)
        else:
            yield PdfPages(session, len(data))


def paged_format(data: bytes, wanted: str) -> str:
    """The format that a file of several pages is written in; "" if that holds one picture alone.

    Args:
        data: of which `paged_kind` gives a kind.
        wanted: as of `output_format`. PDFs stay PDFs.
    """
    kind = paged_kind(data)
    if kind == "pdf":
        return "pdf"
    own = kind_of(data)
    if wanted in ("same", own):
        return own
    return wanted if kind == "frames" and wanted in _ANIMATED else ""


def output_of(
    source: PagedFile, format_name: str, stream: BinaryIO, *, quality: int, made_by: str
) -> PagesOutput:
    """What takes the pages of a file in color.

    Args:
        source: the file.
        format_name: as `paged_format` gives it.
        stream: is written to; of TIFF one that can be sought in.
        quality: 1 to 100, of formats that lose something.
        made_by: the model's name, for the metadata.
    """
    if isinstance(source, AnimationPages):
        return AnimationOutput(stream, format_name, like=source, quality=quality, made_by=made_by)
    if isinstance(source, PdfPages):
        return PdfOutput(stream, source, quality)
    return TiffOutput(stream, made_by)


def pairs_of(
    source: PagedFile, format_name: str, stream: BinaryIO, *, quality: int, made_by: str
) -> PagesOutput:
    """What takes pairs of a page in gray and in color, side by side; as `output_of`."""
    if isinstance(source, PdfPages):
        return PairsPdf(stream, quality)
    return output_of(source, format_name, stream, quality=quality, made_by=made_by)
