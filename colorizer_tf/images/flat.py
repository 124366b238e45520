"""Image files as plain 8-bit RGB: what the records hold."""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.opening import opened

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
    with opened(data) as image:
        if min_side:
            image.draft(None, (2 * min_side, 2 * min_side))
        image.load()
        return np.array(_upright(_srgb(image), image))


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
