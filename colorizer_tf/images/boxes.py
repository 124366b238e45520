"""Boxes, of which JPEG 2000 and JPEG XL files are made (ISO/IEC 15444-1, annex I; 18181-2)."""

import struct
from collections.abc import Iterator

from colorizer_tf.images.photo import Metadata

MAX_BLOCK_BYTES = 8 * 2**20
_MAX_BOXES = 1000
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_UUID = b"JpgTiffExif->JP2"


def boxes_of(data: bytes, kind: bytes, first_bytes: int | None = None) -> Iterator[bytes]:
    """The content of each box of a kind.

    Args:
        data: the file, or the content of a box.
        kind: four letters.
        first_bytes: give no more than these; else boxes of more than 8 MiB are left out.
    """
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        size, found = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = at + size if size else len(data)
        if not start < end <= len(data):
            return
        if found == kind and first_bytes is not None:
            yield data[start : min(end, start + first_bytes)]
        elif found == kind and end - start <= MAX_BLOCK_BYTES:
            yield data[start:end]
        at = end


def metadata_of_boxes(data: bytes) -> Metadata:
    """EXIF and XMP of a file: the last of each, in boxes of their own or under a UUID."""
    exif, xmp = b"", b""
    for content in boxes_of(data, b"uuid"):
        exif = content[16:] if content.startswith(_EXIF_UUID) else exif
        xmp = content[16:] if content.startswith(_XMP_UUID) else xmp
    for content in boxes_of(data, b"Exif"):
        exif = content[4:]  # behind the offset of the TIFF header, which is 0
    for content in boxes_of(data, b"xml "):
        xmp = content if b"ns.adobe.com" in content or b"rdf" in content else xmp
    return Metadata(exif=exif.removeprefix(b"Exif\0\0"), xmp=xmp)
