"""Image files into photos: one path for training and for inference."""

from dataclasses import replace

import numpy as np

from colorizer_tf.images.exif import dpi_of_tags, orientation_of
from colorizer_tf.images.formats import is_heic_sequence, kind_of
from colorizer_tf.images.limits import decoder_errors
from colorizer_tf.images.orientation import swaps_sides, upright, upright_sides
from colorizer_tf.images.photo import Metadata, Photo, StoredPhoto
from colorizer_tf.images.profiles import to_srgb
from colorizer_tf.images.reading import read, read_header
from colorizer_tf.images.samples import in_8_bits, over_white
from colorizer_tf.images.tags import TagFile
from colorizer_tf.images.xmp import attachments_of

_FINEST_DPI = 100_000


def decode_photo(data: bytes) -> Photo:
    """The picture in an image file, whatever the file is called.

    JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, JPEG 2000, JPEG XL, PNM, TGA and PSD (its flattened
    picture); HEIC with the extra `heic`. Of several frames or pages the first is taken. Color
    profiles are converted to sRGB, orientation tags applied; metadata that is broken is left out.

    Raises:
        ImageError: if it is not a whole picture of these formats, or has more pixels than Pillow's
            limit (about 179 million); the message is a short reason.
    """
    kind = kind_of(data)
    photo = finished_photo(read(data), kind)
    if _has_later_frames(data, kind):
        return replace(photo, dropped=(*photo.dropped, "later frames"))
    return photo


def finished_photo(stored: StoredPhoto, kind: str) -> Photo:
    """A stored picture upright and in sRGB.

    Args:
        stored: as its decoder gave it.
        kind: the file's format, as `kind_of` names it.

    Raises:
        ImageError: if its parts do not go together.
    """
    with decoder_errors():
        metadata = _completed(stored)
        return Photo(
            *_finished(stored, metadata.orientation), kind, metadata, attachments_of(metadata.xmp)
        )


def _has_later_frames(data: bytes, kind: str) -> bool:
    """Of files that are read as one picture, though they may hold sequences."""
    with decoder_errors():
        if kind == "jpegxl":
            # Here: only readers import its library.
            from colorizer_tf.images.jpegxl import is_animated

            return is_animated(data)
    return kind == "heic" and is_heic_sequence(data)


def decode_image(data: bytes, min_side: int | None = None) -> np.ndarray:
    """The picture in an image file as 8-bit sRGB, upright, transparent parts laid over white.

    The same pixels as `decode_photo`'s but for that.

    Args:
        data: the file's content.
        min_side: if given, a large JPEG is decoded at a half, quarter or eighth of its size, as
            long as its shorter side stays at least twice this: much faster, and enough for an
            antialiased resize down to `min_side`.

    Returns:
        `(h, w, 3)` uint8.

    Raises:
        ImageError: as `decode_photo`.
    """
    stored = read(data, min_side)
    with decoder_errors():
        pixels, alpha = _finished(stored, _completed(stored).orientation)
        shown = over_white(in_8_bits(pixels), None if alpha is None else in_8_bits(alpha))
        return shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=-1)


def photo_size(data: bytes) -> tuple[int, int]:
    """Height and width of the upright picture in an image file, by its header: no pixel is decoded.

    Raises:
        ImageError: as `decode_photo`, as far as the header tells.
    """
    header = read_header(data)
    size = header.height, header.width
    orientation = orientation_of(header.metadata.exif, header.metadata.xmp)
    return size[::-1] if swaps_sides(orientation) and not header.is_upright else size


def _finished(stored: StoredPhoto, orientation: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels and alpha: sRGB and upright."""
    turn = 1 if stored.is_upright else orientation
    pixels = upright(to_srgb(stored.colors, stored.profile), turn)
    return pixels, None if stored.alpha is None else upright(stored.alpha, turn)


def _completed(stored: StoredPhoto) -> Metadata:
    """The metadata with the orientation, and the resolution of the upright picture."""
    metadata, dpi = stored.metadata, stored.metadata.dpi
    orientation = metadata.orientation
    if not stored.is_upright:
        orientation = orientation_of(metadata.exif, metadata.xmp)
    if dpi is None:
        try:
            dpi = dpi_of_tags(TagFile(metadata.exif))
        except ValueError:
            dpi = None
    # Broken ones may be zero, huge, infinite or not a number.
    if dpi is not None and all(0 < float(value) <= _FINEST_DPI for value in dpi):
        dpi = upright_sides(float(dpi[0]), float(dpi[1]), orientation)
    else:
        dpi = None
    return replace(metadata, dpi=dpi, orientation=orientation)
