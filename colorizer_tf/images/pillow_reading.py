"""WebP, BMP, GIF, TGA, and parts of more formats, by Pillow."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, UnidentifiedImageError

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.limits import NOT_A_PICTURE, check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.samples import scaled_samples, split_alpha

EXIF_HEADER = b"Exif\0\0"

# Pillow's names of formats; none that executes or renders anything.
_PILLOW_FORMATS = {
    "avif": ("AVIF",),
    "bmp": ("BMP", "DIB"),
    "gif": ("GIF",),
    "jpeg": ("JPEG",),
    "jpeg2000": ("JPEG2000",),
    "png": ("PNG",),
    "pnm": ("PPM",),
    "psd": ("PSD",),
    "tga": ("TGA",),
    "webp": ("WEBP",),
}

_WITHOUT_SIGNATURE = ("bmp", "tga")

# Pixels copied at once: Pillow stores RGB in 4 bytes per pixel, so whole copies are large.
_STRIP_PIXELS = 2**22


@contextlib.contextmanager
def opened(data: bytes, kind: str) -> Iterator[Image.Image]:
    """The image opened by Pillow: header read, pixels not decoded."""
    formats = _PILLOW_FORMATS[kind]
    with _without_pillow_warnings():
        try:
            image = Image.open(io.BytesIO(data), formats=formats)
        except UnidentifiedImageError as error:
            known = "broken picture" if kind not in _WITHOUT_SIGNATURE else NOT_A_PICTURE
            raise ImageError(known) from error
        with image:
            check_size(image.height, image.width)
            yield image


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    with opened(data, kind_of(data)) as image:
        return Header(image.height, image.width, metadata_of(image)[1])


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata; of several frames the first."""
    with opened(data, kind_of(data)) as image:
        profile, metadata = metadata_of(image)
        image.load()
        return StoredPhoto(*colors_and_alpha(image), profile, metadata)


def metadata_of(image: Image.Image) -> tuple[bytes, Metadata]:
    """ICC profile and metadata, without the resolution where only EXIF has it."""
    info = image.info
    metadata = Metadata(
        exif=(info.get("exif") or b"").removeprefix(EXIF_HEADER),
        xmp=info.get("xmp") or b"",
        dpi=info.get("dpi"),
    )
    return info.get("icc_profile") or b"", metadata


def colors_and_alpha(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """The pixels of a loaded image: gray, RGB or CMYK, and alpha."""
    if image.mode.startswith("I") or image.mode == "F":
        return scaled_samples(_deep_samples(image), 16), None
    samples = _samples(image)
    return (samples, None) if image.mode == "CMYK" else split_alpha(samples)


def _deep_samples(image: Image.Image) -> np.ndarray:
    values = np.asarray(image)
    if values.dtype.kind == "i":
        if values.min() < 0 or values.max() > 65535:
            raise ImageError("pixels of more than 16 bits")
        return values.astype(np.uint16)
    return values


def _samples(image: Image.Image) -> np.ndarray:
    """Samples of 8 bits: `(h, w)`, or `(h, w, channels)` of gray and alpha, RGB, RGBA or CMYK."""
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
    colors = np.frombuffer(bytes(image.getpalette("RGB") or ()), np.uint8).reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


_warnings_lock = threading.Lock()
_warnings_off = contextlib.ExitStack()
_decoding = 0


@contextlib.contextmanager
def _without_pillow_warnings() -> Iterator[None]:
    """Pillow's warnings off (its soft pixel limit, corrupt EXIF) while any thread decodes."""
    # `catch_warnings` in overlapping threads would restore the filters in the wrong order.
    global _decoding
    with _warnings_lock:
        if _decoding == 0:
            _warnings_off.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _decoding += 1
    try:
        yield
    finally:
        with _warnings_lock:
            _decoding -= 1
            if _decoding == 0:
                _warnings_off.close()
