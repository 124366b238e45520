"""JP2 files (ISO/IEC 15444-1, annex I) as boxes: the metadata that Pillow leaves there."""

import struct
from collections.abc import Iterator

from colorizer_tf.images.photo import Metadata

MAX_BLOCK_BYTES = 8 * 2**20
_MAX_BOXES = 1000
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_UUID = b"JpgTiffExif->JP2"
_RESTRICTED_ICC, _ANY_ICC = 2, 3


def jpeg2000_metadata(data: bytes, dpi: tuple[float, float] | None) -> tuple[bytes, Metadata]:
    """ICC profile and metadata of a JP2 file; nothing of a bare codestream."""
    profile, exif, xmp = b"", b"", b""
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"jp2h":
            profile = _profile(data, start, end)
        elif kind == b"uuid" and end - start <= MAX_BLOCK_BYTES:
            name, content = data[start : start + 16], data[start + 16 : end]
            exif = content if name == _EXIF_UUID else exif
            xmp = content if name == _XMP_UUID else xmp
    return profile, Metadata(exif=exif.removeprefix(b"Exif\0\0"), xmp=xmp, dpi=dpi)


def _profile(data: bytes, start: int, end: int) -> bytes:
    for kind, at, until in _boxes(data, start, end):
        if (
            kind == b"colr"
            and until - at <= MAX_BLOCK_BYTES
            and data[at]
            in (
                _RESTRICTED_ICC,
                _ANY_ICC,
            )
        ):
            return data[at + 3 : until]
    return b""


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box."""
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        following = at + size if size else end
        if not start < following <= end:
            return
        yield kind, start, following
        at = following
