"""Image files in and out: the one place that knows Pillow's formats and their traps."""

import contextlib
import functools
import io
import os
import secrets
import stat
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from colorizer_tf.errors import ColorizerError, ImageError

# What `Image.open` may try: formats of photos only, none that run or render anything.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "AVIF", "JPEG2000")

_SUFFIXES = "jpg jpeg jpe jfif png webp bmp dib tif tiff gif avif jp2 j2k"
IMAGE_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())

MAX_FILE_BYTES = 512 * 2**20

# EXIF 2.32, tag 0x0112: what turns the stored picture upright.
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MODE_OF_PROFILE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}

# The colours of the three channels lie in any of these; the rest is gray or has an alpha channel.
_GRAY_MODES = ("1", "L", "LA", "La")


def decode_image(data: bytes, min_side: int | None = None) -> np.ndarray:
    """The picture in an image file as sRGB, upright, without alpha.

    Orientation tags are applied, embedded colour profiles converted to sRGB, 16 bits brought to 8,
    transparent parts laid over white; of several frames or pages the first is taken.

    Args:
        data: the file's content: JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or JPEG 2000.
        min_side: if given, a large JPEG is decoded at a half, quarter or eighth of its size, as
            long as its shorter side stays at least twice this: much faster, and enough for an
            antialiased resize down to `min_side`.

    Returns:
        `(h, w, 3)` uint8.

    Raises:
        ImageError: if the data is not a whole picture of these formats, or has more pixels than
            Pillow's limit (about 179 million); the message is a short reason.
    """
    if not data:
        raise ImageError("empty file")
    try:
        with _without_pillow_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if min_side:
                image.draft(None, (2 * min_side, 2 * min_side))
            image.load()
            return np.array(_upright(_srgb(image), image))
    except ImageError:
        raise
    # Broken files make Pillow raise nearly anything: OSError, SyntaxError, ValueError,
    # struct.error, EOFError, ZeroDivisionError, MemoryError, KeyError, ...
    except Exception as error:
        raise ImageError(_reason(error)) from error


def _reason(error: Exception) -> str:
    # Not Pillow's own text: it holds addresses and offsets, and changes with its versions.
    if isinstance(error, UnidentifiedImageError):
        return "not a picture in a known format"
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels"
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return "truncated picture"
    return f"broken picture ({type(error).__name__})"


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


def _upright(picture: Image.Image, file: Image.Image) -> Image.Image:
    try:
        orientation = file.getexif().get(_ORIENTATION_TAG)
    except Exception:  # a broken EXIF block does not spoil the picture
        orientation = None
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        return _converted(_to_8_bits(image), profile)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        opaque = rgba.convert("L" if image.mode in _GRAY_MODES else "RGB")
        over_white = Image.new("RGB", image.size, "white")
        over_white.paste(_converted(opaque, profile), mask=rgba.getchannel("A"))
        return over_white
    return _converted(image, profile)


def _to_8_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    lowest, highest = values.min(), values.max()
    if image.mode == "F":
        if not (lowest >= 0 and highest <= 1):
            raise ImageError("floating-point pixels outside of 0 to 1")
        return Image.fromarray(np.round(values * 255).astype(np.uint8))
    if lowest < 0 or highest > 65535:
        raise ImageError("pixels of more than 16 bits")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _converted(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The image as RGB, by its colour profile if that is usable and not sRGB's."""
    found = _transform(profile) if profile else None
    if found:
        mode, transform = found
        gray = image.mode in _GRAY_MODES
        if mode == "RGB" or (mode == "L" and gray) or mode == image.mode:
            source = image if image.mode == mode else image.convert(mode)
            converted = ImageCms.applyTransform(source, transform)
            if converted is not None:
                return converted
    return image if image.mode == "RGB" else image.convert("RGB")


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes) -> tuple[str, ImageCms.ImageCmsTransform] | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODE_OF_PROFILE[source.profile.xcolor_space]
        if "sRGB" in (source.profile.profile_description or ""):
            return None
        target = ImageCms.createProfile("sRGB")
        return mode, ImageCms.buildTransform(source, target, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, KeyError):
        return None


def read_file(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises:
        ImageError: if there is none, it cannot be read or is larger; the message is the reason.
    """
    try:
        # Not opened unless regular: opening a pipe waits for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImageError("not a regular file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ImageError((error.strerror or type(error).__name__).lower()) from error
    if len(data) > limit:
        raise ImageError(f"larger than {limit} bytes")
    return data


def encode_png(rgb: np.ndarray) -> bytes:
    """The content of a PNG file of an `(h, w, 3)` uint8 sRGB picture."""
    buffer = io.BytesIO()
    # Level 6, the default, takes three times as long for a tenth fewer bytes.
    Image.fromarray(rgb).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file whole or not at all: to a temporary name beside it, which then takes its place.

    Args:
        path: the file.
        data: its content.
        durable: wait until the disk has it, so that a power failure cannot leave it empty.

    Raises:
        ColorizerError: if it cannot be written; the temporary file is gone then.
    """
    # A name of its own, not the target's plus a suffix: that one could be too long.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ColorizerError(
            f"cannot write {path}: {reason}; free some space there, or choose another place"
        ) from error
