"""A PDF in a child process: its full-page pictures out, pictures in color in, the whole PDF out."""

import contextlib
import io
import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pikepdf

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.metadata import credited_xmp
from colorizer_tf.images.pages import pdf_pictures
from colorizer_tf.images.pages.here import Steps
from colorizer_tf.images.pages.pdf_layout import FULL_PAGE, Placed, placed_pictures
from colorizer_tf.images.pages.pdf_pictures import UnusualPictureError
from colorizer_tf.images.profiles import srgb_profile

_MOST_PAGES = 5000
# A side of what counts as a picture.
_FEWEST_PIXELS = 32
# Of what is no picture.
_MOST_BYTES_A_STREAM = 2**26
# Beyond what the process has when a file comes.
_MOST_MEMORY = 4 * 2**30


def steps(asked: dict[str, Any], data: bytes) -> Steps:
    """Answers in turns with replies.

    1. Facts: "pages", their number; "most_pixels" of a picture. Reply: JSON, the numbers of those
       to color, from 1 on.
    2. For each full-page picture: `pdf_pictures.extracted` with "page", "turns" and "flipped".
       Reply: an RGB JPEG of the same size, as it is stored (not turned); or nothing.
    3. Facts: "kept", what was left as it was, and how many pages; "signed"; the PDF.

    Args:
        asked: "made_by" is the model's name, for the metadata.
        data: the file.

    Raises:
        ImageError: if it is encrypted, broken or too large; "page 3: " and the like comes before
            the reason where a page is meant.
    """
    limits = pdf_pictures.decoding_limit(_MOST_BYTES_A_STREAM)
    with _memory_limit(), limits, _opened(data) as pdf:
        count = len(pdf.pages)
        if not 1 <= count <= _MOST_PAGES:
            raise ImageError(f"a PDF of {count} pages, expected 1 to {_MOST_PAGES}")
        wanted = json.loads((yield Facts({"pages": count, "most_pixels": _most_pixels(pdf)})))
        kept: Counter[str] = Counter()
        space = None
        seen: set[tuple[int, int]] = set()
        for number in wanted:
            placed = _picture_of(pdf.pages[number - 1], number, kept)
            if placed is None or placed.picture.objgen in seen:
                continue
            seen.add(placed.picture.objgen)
            facts = _extracted(placed, number, kept)
            if facts is None:
                continue
            jpeg = yield facts
            if jpeg:
                space = space or _srgb(pdf)
                pdf_pictures.replace(placed.picture, jpeg, space)
        rest = {"kept": dict(kept), "signed": _is_signed(pdf)}
        yield Facts(rest, [_saved(pdf, asked["made_by"]) if space else data])


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[pikepdf.Pdf]:
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise ImageError(_ENCRYPTED) from error
    except pikepdf.PdfError as error:
        raise ImageError("broken PDF") from error
    with pdf:
        if pdf.is_encrypted:
            raise ImageError(_ENCRYPTED)
        yield pdf


_ENCRYPTED = (
    "an encrypted PDF: take its protection off first, for instance with "
    "qpdf --decrypt --password=... IN.pdf OUT.pdf"
)


@contextlib.contextmanager
def _memory_limit() -> Iterator[None]:
    """A limit on this process's memory, where the system has one: a bomb ends in an error."""
    try:
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + _MOST_MEMORY
    if limits[1] != resource.RLIM_INFINITY:
        most = min(most, limits[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def _most_pixels(pdf: pikepdf.Pdf) -> int:
    sizes = [0]
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image":
            with contextlib.suppress(TypeError, ValueError):
                sizes.append(int(each.get("/Height", 0)) * int(each.get("/Width", 0)))
    return max(sizes)


def _picture_of(page: pikepdf.Page, number: int, kept: Counter[str]) -> Placed | None:
    """The picture that shows a page, or None and a count of why there is none."""
    try:
        placed = [each for each in placed_pictures(page) if not _is_fill(each.picture)]
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImageError(f"page {number}: broken page ({type(error).__name__})") from error
    whole = [each for each in placed if each.share >= FULL_PAGE]
    toned = [each for each in whole if not pdf_pictures.is_bilevel(each.picture)]
    # Of a mixed page the layers of text have masks, the picture behind them has none.
    chosen = [each for each in toned if not pdf_pictures.is_masked(each.picture)] or toned
    if chosen:
        return max(reversed(chosen), key=lambda each: math.prod(_sides(each.picture)))
    if whole:
        kept["of bilevel text"] += 1
    elif sum(each.share for each in placed) >= FULL_PAGE:
        kept["with a picture in parts"] += 1
    else:
        kept["without a full-page picture"] += 1
    return None


def _is_fill(picture: Any) -> bool:
    """Whether so few pixels are spread over a page that they are but its color."""
    return min(_sides(picture)) < _FEWEST_PIXELS


def _sides(picture: Any) -> tuple[int, int]:
    return int(picture.get("/Height", 0)), int(picture.get("/Width", 0))


def _extracted(placed: Placed, number: int, kept: Counter[str]) -> Facts | None:
    try:
        facts = pdf_pictures.extracted(placed.picture)
    except UnusualPictureError as error:
        kept[f"with {error}"] += 1
        return None
    except ImageError as error:
        raise ImageError(f"page {number}: {error}") from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"page {number}: broken picture ({type(error).__name__})"
        raise ImageError(reason) from error
    where = {"page": number, "turns": placed.turns, "flipped": bool(placed.flipped)}
    return Facts(facts.values | where, facts.blocks)


def _srgb(pdf: pikepdf.Pdf) -> Any:
    profile = pikepdf.Stream(pdf, srgb_profile(), N=3)
    return pdf.make_indirect([pikepdf.Name.ICCBased, pdf.make_indirect(profile)])


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    form = pdf.Root.get("/AcroForm")
    try:
        return form is not None and bool(int(form.get("/SigFlags", 0)) & 1)
    except (TypeError, ValueError, AttributeError):
        return False


def _saved(pdf: pikepdf.Pdf, made_by: str) -> bytes:
    """The file, the same for the same input, with credit in its metadata."""
    old = pdf.Root.get("/Metadata")
    packet = old.read_bytes() if isinstance(old, pikepdf.Stream) else b""
    metadata = pikepdf.Stream(pdf, credited_xmp(packet, made_by))
    metadata.Type, metadata.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    stream = io.BytesIO()
    pdf.save(
        stream,
        deterministic_id=True,
        linearize=pdf.is_linearized,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
    )
    return stream.getvalue()
