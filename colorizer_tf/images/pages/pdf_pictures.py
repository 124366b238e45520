"""Pictures of PDFs as their streams hold them, and pictures in color in their places."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pikepdf
import pikepdf.settings

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.limits import check_size
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.samples import scaled_samples

_BILEVEL_FILTERS = frozenset({"/CCITTFaxDecode", "/CCF", "/JBIG2Decode"})
_JPEG_FILTERS = frozenset({"/DCTDecode", "/DCT"})
_JPEG_2000_FILTER = "/JPXDecode"
_CHANNELS = {
    "/DeviceGray": 1,
    "/CalGray": 1,
    "/G": 1,
    "/DeviceRGB": 3,
    "/CalRGB": 3,
    "/RGB": 3,
}
_MOST_PROFILE_BYTES = 8 * 2**20
# What is no longer true of a picture in color.
_STALE = ("/Decode", "/DecodeParms", "/Alternates", "/ImageMask", "/Mask", "/SMaskInData")


class UnusualPictureError(Exception):
    """A picture that stays as it is; the message says what it is."""


@contextlib.contextmanager
def decoding_limit(most_bytes: int) -> Iterator[None]:
    """A limit on what qpdf, in this process, makes of one stream: beyond it, it raises."""
    names = ("flate_max_memory", "run_length_max_memory", "png_max_memory", "tiff_max_memory")
    before = pikepdf.settings.set_qpdf_limits(**dict.fromkeys(names, most_bytes))
    try:
        yield
    finally:
        pikepdf.settings.set_qpdf_limits(**before)


def is_bilevel(picture: Any) -> bool:
    """Whether a picture is black or white: text, as fax and JBIG2 hold it, or a stencil."""
    return (
        bool(picture.get("/ImageMask", False))
        or picture.get("/BitsPerComponent") == 1
        or bool(_BILEVEL_FILTERS & set(_filters(picture)))
    )


def is_masked(picture: Any) -> bool:
    """Whether a picture has a mask, as the layers of text in mixed pages have."""
    return "/Mask" in picture or "/SMask" in picture


def extracted(picture: Any) -> Facts:
    """A picture: the JPEG or JPEG 2000 file in it, or its samples; and its profile.

    "shape" and "dtype" are of samples, `(h, w)` or `(h, w, 3)`, absent for a file; "size" is height
    and width, "bytes" those of the stream, "lossy" whether it was coded with a loss.

    Raises:
        UnusualPictureError: if its kind of color is none of gray, RGB and palettes of them.
        ImageError: if it is broken or too large.
    """
    height, width = int(picture.get("/Height", 0)), int(picture.get("/Width", 0))
    check_size(height, width)
    if isinstance(picture.get("/Mask"), pikepdf.Array):
        raise UnusualPictureError("a picture with a clear color")
    if picture.get("/SMaskInData", 0):
        raise UnusualPictureError("a picture with alpha within JPEG 2000")
    filters = _filters(picture)
    raw = picture.read_raw_bytes()
    values = {"size": [height, width], "bytes": len(raw), "lossy": True}
    space = picture.get("/ColorSpace")
    if filters == [_JPEG_2000_FILTER]:
        profile = _profile(space) if space is not None else b""
        _check_decode(picture, _channels(space) if space is not None else 3)
        return Facts(values, [raw, profile])
    channels = _channels(space)
    is_negative = _check_decode(picture, channels)
    profile = _profile(space)
    if len(filters) == 1 and filters[0] in _JPEG_FILTERS:
        return Facts(values | {"negative": is_negative}, [raw, profile])
    samples = _samples(picture, (height, width), channels)
    if is_negative:
        samples = np.iinfo(samples.dtype).max - samples
    values |= {"shape": samples.shape, "dtype": str(samples.dtype), "lossy": False}
    return Facts(values, [np.ascontiguousarray(samples).tobytes(), profile])


def replace(picture: Any, jpeg: bytes, color_space: Any) -> None:
    """Put a JPEG of the same size in a picture's place, on all pages that show it.

    Args:
        picture: the stream.
        jpeg: RGB.
        color_space: of the JPEG.
    """
    picture.write(jpeg, filter=pikepdf.Name.DCTDecode)
    for key in _STALE:
        if key in picture and not (key == "/Mask" and is_masked(picture)):
            del picture[key]
    picture.ColorSpace = color_space
    picture.BitsPerComponent = 8


def _filters(picture: Any) -> list[str]:
    found = picture.get("/Filter", [])
    return [str(each) for each in (found if isinstance(found, pikepdf.Array) else [found])]


def _channels(space: Any) -> int:
    """Of the samples: 1 for gray and palettes, 3 for RGB."""
    if isinstance(space, pikepdf.Name):
        channels = _CHANNELS.get(str(space), 0)
    elif isinstance(space, pikepdf.Array) and len(space):
        name = str(space[0])
        channels = _CHANNELS.get(name, 0)
        if name == "/ICCBased":
            channels = int(space[1].get("/N", 0))
        elif name in ("/Indexed", "/I"):
            return 1
    else:
        raise ImageError("broken picture (no colors)")
    if channels not in (1, 3):
        raise UnusualPictureError("a picture of other colors than gray and RGB")
    return channels


def _profile(space: Any) -> bytes:
    """The ICC profile of a color space, or of a palette's colors; or nothing."""
    if not isinstance(space, pikepdf.Array):
        return b""
    if str(space[0]) in ("/Indexed", "/I"):
        return _profile(space[1])
    if str(space[0]) != "/ICCBased":
        return b""
    profile = bytes(space[1].read_bytes())
    return profile if len(profile) <= _MOST_PROFILE_BYTES else b""


def _check_decode(picture: Any, channels: int) -> bool:
    """Whether samples are negative, by their map from codes to colors."""
    decode = [float(each) for each in picture.get("/Decode", [])]
    space = picture.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and str(space[0]) in ("/Indexed", "/I"):
        highest = 2 ** int(picture.get("/BitsPerComponent", 8)) - 1
        if decode in ([], [0.0, float(highest)]):
            return False
    elif decode in ([], [0.0, 1.0] * channels):
        return False
    elif decode == [1.0, 0.0] * channels:
        return True
    raise UnusualPictureError("a picture of remapped colors")


def _samples(picture: Any, size: tuple[int, int], channels: int) -> np.ndarray:
    """Samples `(h, w)` or `(h, w, 3)`, uint8 or uint16, of a stream without a loss."""
    bits = int(picture.get("/BitsPerComponent", 8))
    if bits not in (2, 4, 8, 16):
        raise ImageError("broken picture (depth)")
    height, width = size
    row = -(-width * channels * bits // 8)
    try:
        with decoding_limit(2 * row * height + 2**20):
            content = picture.read_bytes()
    except pikepdf.PdfError as error:
        raise ImageError("broken picture (its codes)") from error
    if len(content) < row * height:
        raise ImageError("truncated picture")
    rows = np.frombuffer(content, np.uint8, row * height).reshape(height, row)
    codes = _unpacked(rows, bits)[:, : width * channels]
    space = picture.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and str(space[0]) in ("/Indexed", "/I"):
        return _palette(space)[np.minimum(codes, len(_palette(space)) - 1)]
    samples = scaled_samples(codes, bits)
    return samples.reshape(height, width, 3) if channels == 3 else samples


def _unpacked(rows: np.ndarray, bits: int) -> np.ndarray:
    if bits == 16:
        return rows.view(">u2").astype(np.uint16)
    if bits == 8:
        return rows
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    parts = (rows[..., None] >> shifts) & np.uint8(2**bits - 1)
    return parts.reshape(len(rows), -1)


def _palette(space: Any) -> np.ndarray:
    """`(n,)` gray or `(n, 3)` RGB uint8."""
    table = space[3]
    content = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    channels = _channels(space[1])
    whole = len(content) // channels * channels
    if not whole:
        raise ImageError("broken picture (palette)")
    colors = np.frombuffer(content[: min(whole, 256 * channels)], np.uint8)
    return colors.reshape(-1, 3) if channels == 3 else colors
