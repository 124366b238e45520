"""Colored photos into image files, with the metadata of their sources."""

import io

import imagecodecs
import numpy as np
import simplejpeg
from PIL import Image

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.jpeg_writing import MAX_SEGMENT, XMP_HEADER, iptc_fits, with_segments
from colorizer_tf.images.metadata import OutputMetadata
from colorizer_tf.images.photo import Metadata, Photo, Planes
from colorizer_tf.images.pillow_reading import EXIF_HEADER
from colorizer_tf.images.png import dpi_chunk, encode_pixels, text_chunk, with_chunks, xmp_chunk
from colorizer_tf.images.profiles import srgb_profile
from colorizer_tf.images.samples import in_8_bits, over_white
from colorizer_tf.images.tiff_writing import encode_tiff

_MAX_JPEG_SIDE, _MAX_WEBP_SIDE = 65_500, 16_383
_WIDE = 2**40
_PERCEPTUAL = b"\0"


def encode_png(rgb: np.ndarray) -> bytes:
    """The content of a PNG file of an `(h, w, 3)` uint8 or uint16 sRGB picture."""
    return encode_pixels(rgb)


def encode_photo(
    pixels: np.ndarray | Planes,
    format: str,  # noqa: A002 - the word users know
    *,
    like: Photo | None,
    quality: int,
    made_by: str,
) -> bytes:
    """The content of an image file of a photo that a model colored; the same for the same input.

    Args:
        pixels: `(h, w, 3)` uint8 or uint16 sRGB; JPEG and WebP take the nearest 8 bits. JPEG alone
            takes planes, too, of a photo without alpha.
        format: "jpeg", "png", "webp" or "tiff".
        like: the photo that was colored: brings alpha, which in JPEG is laid over white, and
            metadata.
        quality: of JPEG and WebP, 1 to 100; the others lose nothing.
        made_by: the model's name, for the metadata.

    Raises:
        ImageError: if the format cannot hold a picture of this size.
    """
    source = like.metadata if like else Metadata()
    alpha = like.alpha if like else None
    is_jpeg = format == "jpeg"
    height, width = (pixels.luma if isinstance(pixels, Planes) else pixels).shape[:2]
    output = OutputMetadata(
        source,
        (height, width),
        made_by,
        longest_exif=MAX_SEGMENT - len(EXIF_HEADER) if is_jpeg else _WIDE,
        longest_xmp=MAX_SEGMENT - len(XMP_HEADER) if is_jpeg else _WIDE,
    )
    if isinstance(pixels, Planes):
        if not is_jpeg or alpha is not None:
            raise ValueError(f"planes: received for {format}, expected JPEG without alpha")
        return _jpeg(pixels, source, output, quality)
    if is_jpeg:
        opaque = over_white(in_8_bits(pixels), None if alpha is None else in_8_bits(alpha))
        return _jpeg(opaque, source, output, quality)
    if format == "webp":
        return _webp(with_alpha(in_8_bits(pixels), alpha), output, quality)
    if format == "tiff":
        both = with_alpha(pixels, alpha)
        return encode_tiff(both, output.exif, output.xmp, srgb_profile())
    if format == "png":
        return _png(with_alpha(pixels, alpha), source, output)
    raise ValueError(f"format: received {format!r}, expected jpeg, png, webp or tiff")


def _jpeg(
    picture: np.ndarray | Planes, source: Metadata, output: OutputMetadata, quality: int
) -> bytes:
    if isinstance(picture, Planes):
        _check_sides(picture.luma, _MAX_JPEG_SIDE, "JPEG")
        planes = picture.luma, picture.blue, picture.red
        encoded = simplejpeg.encode_jpeg_yuv_planes(*planes, quality=quality)
    else:
        _check_sides(picture, _MAX_JPEG_SIDE, "JPEG")
        encoded = imagecodecs.jpeg8_encode(picture, quality, subsampling="444")
    return with_segments(
        bytes(encoded),
        exif=output.exif.packed(),
        xmp=output.xmp,
        icc=srgb_profile(),
        iptc=source.iptc if iptc_fits(source.iptc) else b"",
        dpi=source.dpi,
    )


def _webp(pixels: np.ndarray, output: OutputMetadata, quality: int) -> bytes:
    _check_sides(pixels, _MAX_WEBP_SIDE, "WebP")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer,
        "WEBP",
        quality=quality,
        exif=output.exif.packed(),
        xmp=output.xmp,
        icc_profile=srgb_profile(),
    )
    return buffer.getvalue()


def _png(pixels: np.ndarray, source: Metadata, output: OutputMetadata) -> bytes:
    return with_chunks(encode_pixels(pixels), png_chunks(source, output))


def png_chunks(source: Metadata, output: OutputMetadata) -> list[tuple[bytes, bytes]]:
    """The chunks with a picture's metadata, `(kind, data)`.

    Args:
        source: of the photo that was colored.
        output: the same for its output.
    """
    chunks = [(b"sRGB", _PERCEPTUAL)]
    if source.dpi:
        chunks.append(dpi_chunk(source.dpi))
    chunks += [(b"eXIf", output.exif.packed()), xmp_chunk(output.xmp)]
    chunks += [text_chunk("Software", output.software)]
    if not output.described:
        chunks.append(text_chunk("Description", output.sentence))
    return chunks


def _check_sides(pixels: np.ndarray, limit: int, name: str) -> None:
    if max(pixels.shape[:2]) > limit:
        raise ImageError(f"{name} has at most {limit} pixels a side: choose --format png or tiff")


def with_alpha(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Colors `(h, w, 3)` and alpha `(h, w)`, if there is one, as one array of the colors' depth."""
    return pixels if alpha is None else np.dstack([pixels, _same_depth(alpha, pixels.dtype)])


def _same_depth(alpha: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if alpha.dtype == dtype:
        return alpha
    return in_8_bits(alpha) if dtype == np.uint8 else alpha.astype(np.uint16) * 257
