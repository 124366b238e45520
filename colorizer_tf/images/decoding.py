"""Image files into photos: every format that is read, at its own depth, with its metadata."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.boxes import jpeg2000_metadata
from colorizer_tf.images.deep import decode_avif, decode_jpeg2000
from colorizer_tf.images.exif import dpi_of_tags, orientation_of_tags
from colorizer_tf.images.formats import NAME_OF, is_heic, is_png, is_tiff
from colorizer_tf.images.heic import heic_size, read_heic
from colorizer_tf.images.jpeg import EXIF_HEADER, IPTC_RESOURCE, decode_fast
from colorizer_tf.images.opening import opened, reasons
from colorizer_tf.images.photo import Metadata, Photo
from colorizer_tf.images.png import PngFile
from colorizer_tf.images.profiles import to_srgb
from colorizer_tf.images.tags import TagFile
from colorizer_tf.images.tiff import decode_deep_tiff, read_tiff_metadata, tiff_size

# Pixels taken out of Pillow at once: it holds RGB in 4 bytes a pixel, so whole copies cost much.
_STRIP_PIXELS = 2**22
_CENTIMETRE = 2.54
_FINEST_DPI = 100_000

# EXIF 2.32, tag 0x0112: how the stored picture stands up.
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: np.swapaxes(stored, 0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.swapaxes(np.rot90(stored, 2), 0, 1),
    8: lambda stored: np.rot90(stored, 1),
}
_FIRST_LYING = 5


class _Stored(NamedTuple):
    """A picture as its decoder gives it: colours gray, RGB or CMYK by their shape."""

    format: str
    colours: np.ndarray
    alpha: np.ndarray | None
    profile: bytes
    metadata: Metadata
    turned: bool = False


def decode_photo(data: bytes) -> Photo:
    """The picture in an image file, whatever the file is called.

    JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF and JPEG 2000; HEIC with the extra `heic`. Of several
    frames or pages the first is taken. Colour profiles are converted to sRGB, orientation tags
    applied; metadata that is broken is left behind.

    Raises:
        ImageError: if it is not a whole picture of these formats, or has more pixels than Pillow's
            limit (about 179 million); the message is a short reason.
    """
    if not data:
        raise ImageError("empty file")
    with reasons():
        stored = _read(data)
        orientation = _orientation(stored.metadata)
        turn = 1 if stored.turned else orientation
        pixels = _upright(to_srgb(stored.colours, stored.profile), turn)
        alpha = None if stored.alpha is None else _upright(stored.alpha, turn)
        metadata = replace(stored.metadata, dpi=_upright_dpi(stored.metadata, orientation))
        return Photo(pixels, alpha, stored.format, metadata)


def photo_size(data: bytes) -> tuple[int, int]:
    """Height and width of the upright picture in an image file, by its header: no pixel is decoded.

    Raises:
        ImageError: as `decode_photo`, as far as the header tells.
    """
    if not data:
        raise ImageError("empty file")
    with reasons():
        if is_heic(data):
            return heic_size(data)
        if is_png(data):
            png = PngFile(data)
            (height, width), metadata = png.size, png.metadata
        elif is_tiff(data):
            (height, width), (_, metadata) = tiff_size(data), read_tiff_metadata(data)
        else:
            with opened(data) as image:
                (width, height), metadata = image.size, _pillow_metadata(image, data)[1]
        lying = _orientation(metadata) >= _FIRST_LYING
        return (width, height) if lying else (height, width)


def _read(data: bytes) -> _Stored:
    if is_png(data):
        png = PngFile(data)
        return _Stored("png", *_split(png.decoded()), png.profile, png.metadata)
    if is_heic(data):
        samples, profile, metadata = read_heic(data)
        return _Stored("heic", *_split(samples), profile, metadata)
    if is_tiff(data):
        tiff_size(data)
        profile, metadata = read_tiff_metadata(data)
        deep = decode_deep_tiff(data)
        if deep is not None:
            return _Stored("tiff", *deep, profile, metadata)
    return _read_with_pillow(data)


def _read_with_pillow(data: bytes) -> _Stored:
    with opened(data) as image:
        name = NAME_OF[image.format or ""]
        profile, metadata = _pillow_metadata(image, data)
        samples = None
        if name == "jpeg":
            samples = decode_fast(data, image.mode, image.size)
        elif name == "jpeg2000":
            samples = decode_jpeg2000(data, image.size)
        elif name == "avif":
            samples = decode_avif(data, image.size)
        if samples is None:
            image.load()
            samples = _taken_out(image)
        colours, alpha = (samples, None) if image.mode == "CMYK" else _split(samples)
        if image.mode == "CMYK" and name == "jpeg" and "adobe" not in image.info:
            # Pillow takes all for Adobe's, which stores how much white is left.
            np.subtract(255, colours, out=colours)
        # Pillow turns TIFF files, and no others, as it loads them.
        return _Stored(name, colours, alpha, profile, metadata, turned=name == "tiff")


def _pillow_metadata(image: Image.Image, data: bytes) -> tuple[bytes, Metadata]:
    info = image.info
    if image.format == "TIFF":
        return read_tiff_metadata(data)
    if image.format == "JPEG2000":
        return jpeg2000_metadata(data, info.get("dpi"))
    resources = info.get("photoshop")
    iptc = resources.get(IPTC_RESOURCE) if isinstance(resources, dict) else None
    metadata = Metadata(
        exif=(info.get("exif") or b"").removeprefix(EXIF_HEADER),
        xmp=info.get("xmp") or b"",
        iptc=iptc if isinstance(iptc, bytes) else b"",
        # Pillow's own reading of EXIF takes one resolution for both directions.
        dpi=_jfif_dpi(info) if image.format in ("JPEG", "MPO") else info.get("dpi"),
    )
    return info.get("icc_profile") or b"", metadata


def _taken_out(image: Image.Image) -> np.ndarray:
    """The pixels of a loaded image of 8 bits: gray, gray and alpha, RGB, RGBA or CMYK."""
    mode = _plain_mode(image)
    channels = Image.getmodebands(mode)
    pixels = np.empty((image.height, image.width, channels), np.uint8)
    step = max(_STRIP_PIXELS // image.width, 1)
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        part = np.asarray(strip if strip.mode == mode else strip.convert(mode))
        pixels[top : top + step] = part.reshape(*part.shape[:2], channels)
    return pixels[..., 0] if channels == 1 else pixels


def _plain_mode(image: Image.Image) -> str:
    clear = image.has_transparency_data
    if image.mode in ("1", "L", "LA", "La"):
        return "LA" if clear else "L"
    if image.mode == "P" and not clear and _has_gray_palette(image):
        return "L"
    if image.mode in ("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"):
        return "RGBA" if clear else "RGB"
    if image.mode == "CMYK":
        return "CMYK"
    raise ImageError(f"a kind of pixels that is not known ({image.mode})")


def _has_gray_palette(image: Image.Image) -> bool:
    colours = np.frombuffer(bytes(image.getpalette("RGB") or ()), np.uint8).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def _split(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours and alpha of samples with one to four channels."""
    channels = samples.shape[2] if samples.ndim == 3 else 1
    if channels in (1, 3):
        return samples if channels == 3 else samples.reshape(samples.shape[:2]), None
    alpha = np.ascontiguousarray(samples[..., -1])
    return np.ascontiguousarray(samples[..., 0] if channels == 2 else samples[..., :3]), alpha


def _orientation(metadata: Metadata) -> int:
    """By EXIF, or else by XMP, as Pillow has it."""
    try:
        orientation = orientation_of_tags(TagFile(metadata.exif))
    except ValueError:
        orientation = 0
    found = re.search(rb'tiff:Orientation(?:="|>)([1-8])', metadata.xmp)
    return orientation or (int(found[1]) if found else 1)


def _upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    turn = _TURNS.get(orientation)
    return np.ascontiguousarray(stored if turn is None else turn(stored))


def _upright_dpi(metadata: Metadata, orientation: int) -> tuple[float, float] | None:
    dpi = metadata.dpi
    if dpi is None:
        try:
            dpi = dpi_of_tags(TagFile(metadata.exif))
        except ValueError:
            return None
    # Broken ones may be zero, huge, infinite or not a number.
    if dpi is None or not all(0 < float(each) <= _FINEST_DPI for each in dpi):
        return None
    across, down = (float(each) for each in dpi)
    return (down, across) if orientation >= _FIRST_LYING else (across, down)


def _jfif_dpi(info: dict[str | tuple[int, int], object]) -> tuple[float, float] | None:
    density, unit = info.get("jfif_density"), info.get("jfif_unit")
    if not isinstance(density, tuple) or unit not in (1, 2):
        return None
    factor = 1.0 if unit == 1 else _CENTIMETRE
    return density[0] * factor, density[1] * factor
