"""TIFF files written: deflated strips behind an EXIF block whose offsets stay good."""

import struct

import imagecodecs
import numpy as np

from colorizer_tf.images.exif import ExifDraft
from colorizer_tf.images.tags import (
    BYTE,
    LONG,
    SHORT,
    UNDEFINED,
    Field,
    number_field,
    packed_directory,
)

_XMP, _ICC = 0x02BC, 0x8773
_RGB, _UNASSOCIATED = 2, 2
_STRIP_BYTES = 2**20


def encode_tiff(pixels: np.ndarray, exif: ExifDraft, xmp: bytes, icc: bytes) -> bytes:
    """The content of a TIFF file: deflated strips with horizontal differences.

    Its first directory is the EXIF block's with the picture's tags in it, so all offsets stay good.

    Args:
        pixels: `(h, w, 3)` or `(h, w, 4)` with alpha, uint8 or uint16.
        exif: the EXIF block.
        xmp: the XMP packet.
        icc: the color profile.
    """
    height, width, channels = pixels.shape
    rows = min(max(_STRIP_BYTES // (width * channels * pixels.itemsize), 1), height)
    order, parts = exif.order, [bytearray(exif.body)]
    pointer = exif.add_details(parts[0])
    at, offsets, sizes = len(parts[0]), [], []
    for top in range(0, height, rows):
        strip = imagecodecs.delta_encode(pixels[top : top + rows], axis=1)
        codes = strip.astype(f"{order}u{pixels.itemsize}").tobytes()
        packed = bytearray(imagecodecs.zlibng_encode(codes, 1))
        offsets.append(at)
        sizes.append(len(packed))
        parts.append(packed + b"\0" * (len(packed) % 2))
        at += len(parts[-1])
    struct.pack_into(order + "I", parts[0], 4, at)
    tags = {
        **exif.tags,
        _XMP: Field(BYTE, len(xmp), xmp),
        _ICC: Field(UNDEFINED, len(icc), icc),
        0x8769: pointer,
        0x0100: number_field(order, LONG, width),
        0x0101: number_field(order, LONG, height),
        0x0102: number_field(order, SHORT, *[8 * pixels.itemsize] * channels),
        0x0103: number_field(order, SHORT, 8),
        0x0106: number_field(order, SHORT, _RGB),
        0x0111: number_field(order, LONG, *offsets),
        0x0115: number_field(order, SHORT, channels),
        0x0116: number_field(order, LONG, rows),
        0x0117: number_field(order, LONG, *sizes),
        0x011C: number_field(order, SHORT, 1),
        0x013D: number_field(order, SHORT, 2),
    }
    if channels == 4:
        tags[0x0152] = number_field(order, SHORT, _UNASSOCIATED)
    return b"".join((*parts, packed_directory(tags, order, at)))
