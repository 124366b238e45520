"""TIFF files: deep ones read, metadata of all read, and all written."""

import io
import logging
import struct
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.deep import spread_bits
from colorizer_tf.images.exif import ExifDraft, compact_exif, dpi_of_tags
from colorizer_tf.images.opening import check_size
from colorizer_tf.images.photo import Metadata
from colorizer_tf.images.tags import (
    BYTE,
    LONG,
    SHORT,
    UNDEFINED,
    Field,
    TagFile,
    number_field,
    packed_directory,
)

if TYPE_CHECKING:
    import tifffile

_XMP, _ICC, _DNG_VERSION = 0x02BC, 0x8773, 0xC612
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _SEPARATED = 0, 1, 2, 5
_ASSOCIATED, _UNASSOCIATED = 1, 2

# What is wrong with a file is in the error: not on a user's terminal besides.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

# None, LZW, deflate (two numbers), PackBits, Zstandard: lossless, and bounded by the strip's size.
_COMPRESSIONS = frozenset({1, 5, 8, 32946, 32773, 50000})
_STRIP_BYTES = 2**20
_USUAL_TILE = 2**22  # pixels; decoders take memory for a whole one


def read_tiff_metadata(data: bytes) -> tuple[bytes, Metadata]:
    """ICC profile and metadata of the first page.

    Raises:
        ImageError: if it is a camera's raw file, whose first page is a preview.
    """
    file = TagFile(data)
    first, _ = file.directory(file.first)
    if _DNG_VERSION in first:
        raise ImageError("a camera's raw file: develop it to TIFF or JPEG first")
    metadata = Metadata(
        exif=compact_exif(data), xmp=file.value(first.get(_XMP)), dpi=dpi_of_tags(file)
    )
    return file.value(first.get(_ICC)), metadata


def tiff_size(data: bytes) -> tuple[int, int]:
    """Height and width of the first page as it is stored.

    Raises:
        ImageError: if there is none, or it breaks the limits.
    """
    file = TagFile(data)
    first, _ = file.directory(file.first)
    height, width = file.number(first.get(0x0101)), file.number(first.get(0x0100))
    check_size(height, width)
    tile = file.number(first.get(0x0142)) * file.number(first.get(0x0143))
    if tile > max(_USUAL_TILE, 4 * height * width):
        raise ImageError("broken picture (tiles larger than it)")
    strips, rows = first.get(0x0111), file.number(first.get(0x0116)) or height
    # Decoders leave rows without a strip black, and call that good.
    if strips and strips.length < -(-height // rows):
        raise ImageError("truncated picture")
    return height, width


def decode_deep_tiff(data: bytes) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Samples and alpha of a first page of more than 8 bits, as uint16; None for any other.

    Floats in [0, 1] are taken too.

    Returns:
        `(h, w)` gray, `(h, w, 3)` RGB or `(h, w, 4)` CMYK, and `(h, w)` or None.
    """
    import tifffile  # only here: it takes as long to import as numpy

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        if not isinstance(page, tifffile.TiffPage) or page.bitspersample <= 8:
            return None
        _check_page(page)
        samples = page.asarray(maxworkers=1)
        planar = page.planarconfig == 2 and page.samplesperpixel > 1
        bits, photometric, extras = page.bitspersample, page.photometric, tuple(page.extrasamples)
        shape = page.imagelength, page.imagewidth
    samples = samples.reshape((-1, *shape)) if planar else samples.reshape((*shape, -1))
    samples = _as_16_bits(np.moveaxis(samples, 0, -1) if planar else samples, bits)
    return _colours_and_alpha(samples, photometric, extras)


def _check_page(page: "tifffile.TiffPage") -> None:
    if page.compression not in _COMPRESSIONS:
        raise ImageError("a kind of TIFF compression that is not known for 16 bits")
    if page.imagedepth != 1 or not 1 <= page.samplesperpixel <= 8:
        raise ImageError("not a flat picture")
    if 0 in page.databytecounts:
        raise ImageError("truncated picture")


def _as_16_bits(samples: np.ndarray, bits: int) -> np.ndarray:
    kind = samples.dtype.kind
    if kind == "u" and samples.dtype.itemsize == 2:
        native = samples if samples.dtype.isnative else samples.astype(np.uint16)
        return spread_bits(native if native.flags.writeable else native.copy(), bits)
    lowest = samples.min()
    if kind == "f":
        # Written so that NaN fails it too.
        if not (lowest >= 0 and samples.max() <= 1):
            raise ImageError("floating-point pixels outside of 0 to 1")
        spread = np.empty(samples.shape, np.uint16)
        for row, values in enumerate(samples):
            spread[row] = np.rint(values.astype(np.float64) * 65535)
        return spread
    # By the kind of file, not by its values: 32 bits that happen to be small would come out black.
    if kind not in "iu" or samples.dtype.itemsize > 2 or lowest < 0:
        raise ImageError("pixels of more than 16 bits")
    return samples.astype(np.uint16)


def _colours_and_alpha(
    samples: np.ndarray, photometric: int, extras: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray | None]:
    colours = {_MIN_IS_WHITE: 1, _MIN_IS_BLACK: 1, _RGB: 3, _SEPARATED: 4}.get(photometric, 0)
    if not colours or samples.shape[2] < colours:
        raise ImageError("a kind of TIFF colour that is not known for 16 bits")
    alpha = None
    if samples.shape[2] > colours and extras[:1] in ((_ASSOCIATED,), (_UNASSOCIATED,)):
        alpha = np.ascontiguousarray(samples[..., colours])
    picture = np.ascontiguousarray(samples[..., 0] if colours == 1 else samples[..., :colours])
    if photometric == _MIN_IS_WHITE:
        np.subtract(65535, picture, out=picture)
    if alpha is not None and extras[0] == _ASSOCIATED:
        for row, share in enumerate(alpha):
            part = np.maximum(share, 1).astype(np.uint32).reshape(-1, *[1] * (picture.ndim - 2))
            picture[row] = np.minimum((picture[row] * np.uint32(65535) + part // 2) // part, 65535)
    return picture, alpha


def encode_tiff(pixels: np.ndarray, exif: ExifDraft, xmp: bytes, icc: bytes) -> bytes:
    """The content of a TIFF file: deflated strips with horizontal differences.

    Its first directory is the EXIF block's with the picture's tags in it, so all offsets stay good.

    Args:
        pixels: `(h, w, 3)` or `(h, w, 4)` with alpha, uint8 or uint16.
        exif: the EXIF block.
        xmp: the XMP packet.
        icc: the colour profile.
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
