"""Metadata put into JPEG files: EXIF, XMP, ICC profile and IPTC in segments of their own."""

import struct

from colorizer_tf.images.pillow_reading import EXIF_HEADER

# A segment's length, two bytes, counts itself.
MAX_SEGMENT = 65_533
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_ICC_HEADER = b"ICC_PROFILE\0"
_PHOTOSHOP_HEADER = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_APP1, _APP2, _APP13 = 0xE1, 0xE2, 0xED


def with_segments(
    jpeg: bytes,
    *,
    exif: bytes,
    xmp: bytes,
    icc: bytes,
    iptc: bytes,
    dpi: tuple[float, float] | None,
) -> bytes:
    """A JPEG file, as libjpeg writes it, with metadata put in behind its JFIF segment."""
    head = bytearray(jpeg[:20])
    if dpi:
        across, down = (min(max(round(value), 1), 65_535) for value in dpi)
        struct.pack_into(">BHH", head, 13, 1, across, down)
    parts = [bytes(head)]
    if exif:
        parts.append(_segment(_APP1, EXIF_HEADER + exif))
    if xmp:
        parts.append(_segment(_APP1, XMP_HEADER + xmp))
    if icc:
        parts.append(_segment(_APP2, _ICC_HEADER + b"\1\1" + icc))
    if iptc:
        parts.append(_segment(_APP13, _PHOTOSHOP_HEADER + _resource(iptc)))
    return b"".join((*parts, memoryview(jpeg)[20:]))


def iptc_fits(iptc: bytes) -> bool:
    """Whether a JPEG segment can hold these IPTC-IIM data sets."""
    return len(_PHOTOSHOP_HEADER + _resource(iptc)) <= MAX_SEGMENT


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _resource(iptc: bytes) -> bytes:
    # Photoshop's image resource: signature, number, an empty name, size, data to an even length.
    padded = iptc + b"\0" * (len(iptc) % 2)
    return b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + padded
