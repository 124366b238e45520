"""Which files have several pages or frames, by their structure: nothing is decoded."""

import struct

from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.tags import TagFile

_PDF_START, _PDF_START_WITHIN = b"%PDF-", 1024
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21
_WEBP_ANIMATED = 0x02


def paged_kind(data: bytes) -> str:
    """What a file of several pages is: "tiff", "frames" or "pdf"; "" if it is a single picture.

    A TIFF file with a page and reduced copies or masks counts too; a PDF whatever its pages.
    """
    kind = kind_of(data)
    if kind == "tiff":
        return "tiff" if _has_second_page(data) else ""
    is_animated = _ANIMATED.get(kind)
    if is_animated is not None:
        return "frames" if is_animated(data) else ""
    return "pdf" if is_pdf(data) else ""


def is_pdf(data: bytes) -> bool:
    """Whether a file is a PDF by its first bytes; strangers' may stand before its own."""
    return not kind_of(data) and _PDF_START in data[:_PDF_START_WITHIN]


def _has_second_page(data: bytes) -> bool:
    try:
        file = TagFile(data)
    except ValueError:
        return False
    _, following = file.directory(file.first)
    return bool(following) and following != file.first and bool(file.directory(following)[0])


def _is_animated_gif(data: bytes) -> bool:
    return gif_frames(data, most=2)[0] > 1


def gif_frames(data: bytes, most: int = 2**31) -> tuple[int, bool]:
    """How many frames a GIF has, and whether the last one is whole.

    Args:
        data: the file.
        most: frames that are counted.
    """
    at, frames = 13 + _color_table(data[10:11]), 0
    while at < len(data) and frames < most:
        if data[at] == _GIF_IMAGE:
            frames += 1
            # Position and size, then a color table, then the size of codes.
            at += 11 + _color_table(data[at + 9 : at + 10])
        elif data[at] == _GIF_EXTENSION:
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return frames, at <= len(data)


def _color_table(flags: bytes) -> int:
    """Bytes of the color table that a GIF's packed field tells."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _is_animated_webp(data: bytes) -> bool:
    return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & _WEBP_ANIMATED)


def _is_animated_png(data: bytes) -> bool:
    """Whether an animation of two frames or more is announced before the pixels."""
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"acTL" and size >= 8 and at + 12 <= len(data):
            return bool(struct.unpack_from(">I", data, at + 8)[0] > 1)
        if kind in (b"IDAT", b"IEND"):
            return False
        at += 12 + size
    return False


def _is_sequence(data: bytes) -> bool:
    """Whether an AVIF file calls itself a sequence."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    return b"avis" in (data[8:12], *(data[at : at + 4] for at in range(16, size, 4)))


_ANIMATED = {
    "gif": _is_animated_gif,
    "webp": _is_animated_webp,
    "png": _is_animated_png,
    "avif": _is_sequence,
}
