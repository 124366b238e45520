"""Coloured photos into image files, with the metadata of the photos they were."""

import io

import cv2
import imagecodecs
import numpy as np
from PIL import Image

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.jpeg import EXIF_HEADER, MAX_SEGMENT, XMP_HEADER, iptc_fits, with_segments
from colorizer_tf.images.metadata import Statement
from colorizer_tf.images.photo import Metadata, Photo
from colorizer_tf.images.png import dpi_chunk, encode_pixels, text_chunk, with_chunks, xmp_chunk
from colorizer_tf.images.profiles import srgb_profile
from colorizer_tf.images.tiff import encode_tiff

_MAX_JPEG_SIDE, _MAX_WEBP_SIDE = 65_500, 16_383
_WIDE = 2**40
_STRIP_PIXELS = 2**22
_PERCEPTUAL = b"\0"


def encode_png(rgb: np.ndarray) -> bytes:
    """The content of a PNG file of an `(h, w, 3)` uint8 or uint16 sRGB picture."""
    return encode_pixels(rgb)


def encode_photo(
    pixels: np.ndarray,
    format: str,  # noqa: A002 - the word users know
    *,
    like: Photo | None,
    quality: int,
    made_by: str,
) -> bytes:
    """The content of an image file of a photo that a model coloured; the same for the same input.

    Args:
        pixels: `(h, w, 3)` uint8 or uint16 sRGB; JPEG and WebP take the nearest 8 bits.
        format: "jpeg", "png", "webp" or "tiff".
        like: the photo that was coloured: brings alpha, which in JPEG is laid over white, and
            metadata.
        quality: of JPEG and WebP, 1 to 100; the others lose nothing.
        made_by: the model's name, for the metadata.

    Raises:
        ImageError: if the format cannot hold a picture of this size.
    """
    source = like.metadata if like else Metadata()
    alpha = like.alpha if like else None
    is_jpeg = format == "jpeg"
    statement = Statement(
        source,
        (pixels.shape[0], pixels.shape[1]),
        made_by,
        longest_exif=MAX_SEGMENT - len(EXIF_HEADER) if is_jpeg else _WIDE,
        longest_xmp=MAX_SEGMENT - len(XMP_HEADER) if is_jpeg else _WIDE,
    )
    if format == "jpeg":
        return _jpeg(_over_white(_in_8_bits(pixels), alpha), source, statement, quality)
    if format == "webp":
        return _webp(_with_alpha(_in_8_bits(pixels), alpha), statement, quality)
    if format == "tiff":
        both = _with_alpha(pixels, alpha)
        return encode_tiff(both, statement.exif, statement.xmp, srgb_profile())
    if format == "png":
        return _png(_with_alpha(pixels, alpha), source, statement)
    raise ValueError(f"format: received {format!r}, expected jpeg, png, webp or tiff")


def _jpeg(rgb: np.ndarray, source: Metadata, statement: Statement, quality: int) -> bytes:
    _check_sides(rgb, _MAX_JPEG_SIDE, "JPEG")
    encoded = bytes(imagecodecs.jpeg8_encode(rgb, quality, subsampling="444"))
    return with_segments(
        encoded,
        exif=statement.exif.packed(),
        xmp=statement.xmp,
        icc=srgb_profile(),
        iptc=source.iptc if iptc_fits(source.iptc) else b"",
        dpi=source.dpi,
    )


def _webp(pixels: np.ndarray, statement: Statement, quality: int) -> bytes:
    _check_sides(pixels, _MAX_WEBP_SIDE, "WebP")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer,
        "WEBP",
        quality=quality,
        exif=statement.exif.packed(),
        xmp=statement.xmp,
        icc_profile=srgb_profile(),
    )
    return buffer.getvalue()


def _png(pixels: np.ndarray, source: Metadata, statement: Statement) -> bytes:
    chunks = [(b"sRGB", _PERCEPTUAL)]
    if source.dpi:
        chunks.append(dpi_chunk(source.dpi))
    chunks += [(b"eXIf", statement.exif.packed()), xmp_chunk(statement.xmp)]
    chunks += [text_chunk("Software", statement.software)]
    if not statement.described:
        chunks.append(text_chunk("Description", statement.sentence))
    return with_chunks(encode_pixels(pixels), chunks)


def _check_sides(pixels: np.ndarray, limit: int, name: str) -> None:
    if max(pixels.shape[:2]) > limit:
        raise ImageError(f"{name} has at most {limit} pixels a side: choose --format png or tiff")


def _in_8_bits(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels, alpha=1 / 257)


def _with_alpha(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    return pixels if alpha is None else np.dstack([pixels, _same_depth(alpha, pixels.dtype)])


def _same_depth(alpha: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if alpha.dtype == dtype:
        return alpha
    return _in_8_bits(alpha) if dtype == np.uint8 else alpha.astype(np.uint16) * 257


def _over_white(rgb: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    if alpha is None:
        return rgb
    share = _same_depth(alpha, rgb.dtype)
    laid = np.empty_like(rgb)
    step = max(_STRIP_PIXELS // rgb.shape[1], 1)
    for top in range(0, len(rgb), step):
        part = share[top : top + step, :, None].astype(np.uint16)
        laid[top : top + step] = (rgb[top : top + step] * part + 255 * (255 - part) + 127) // 255
    return laid
