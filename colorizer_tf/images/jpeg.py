"""JPEG files (ITU-T T.81) read by libjpeg-turbo, with its warnings of damage heeded."""

import re
import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import simplejpeg

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.limits import check_decoded_size, check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.pillow_reading import metadata_of, opened
from colorizer_tf.images.samples import scaled_samples

_ADOBE_HEADER = b"Adobe"
_IPTC_RESOURCE = 0x0404
_CENTIMETER = 2.54

_APP0, _APP14, _START_OF_SCAN = 0xE0, 0xEE, 0xDA
# EXIF and XMP, ICC profile, Photoshop's resources.
_TELLING = frozenset({0xE1, 0xE2, 0xED})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD, *_FRAMES})
_PROGRESSIVE = 0xC2
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END_OF_IMAGE = b"\xff\xd9"
_COLORSPACE = {1: "GRAY", 3: "RGB", 4: "CMYK"}
_REDUCTIONS = (8, 4, 2)

# libjpeg's warnings (jerror.h) that say nothing against the picture.
_HARMLESS = "Invalid SOS parameters|Inconsistent progression"
_FEW_BYTES = 16


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    frame = _frame(data)
    return Header(*frame[1:3], _metadata(data, frame[0])[1])


def read(data: bytes, min_side: int | None = None) -> StoredPhoto:
    """Pixels and metadata.

    Args:
        data: the file's content.
        min_side: if given, a picture of 8 bits is decoded at a half, quarter or eighth of its
            size, as long as its shorter side stays at least twice this.

    Raises:
        ImageError: if the picture is damaged or cut short.
    """
    bits, height, width, channels = _frame(data)
    check_size(height, width)
    profile, metadata = _metadata(data, bits)
    if bits != 8:
        return StoredPhoto(_decoded_deep(data, (height, width), bits), None, profile, metadata)
    if channels not in _COLORSPACE:
        raise ImageError(f"a kind of JPEG that is not known ({channels} channels)")
    short = min(height, width) // (2 * min_side) if min_side else 1
    reduction = next((factor for factor in _REDUCTIONS if short >= factor), 1)
    sides = -(-height // reduction), -(-width // reduction)
    colors = decode_strictly(data, _COLORSPACE[channels], sides)
    if colors.shape[:2] != sides:
        check_decoded_size(colors, (height, width))
    if _lacks_scans(data):
        raise ImageError("damaged picture (its last scans are missing)")
    if channels == 4 and _is_adobe(data):
        np.subtract(255, colors, out=colors)  # Adobe stores how much white is left
    return StoredPhoto(colors[..., 0] if channels == 1 else colors, None, profile, metadata)


def is_common(data: bytes) -> bool:
    """Whether the picture has 8 bits and Huffman coding, as nearly all have."""
    for marker, start, _ in _segments(data):
        if marker in _FRAMES:
            return marker in (0xC0, 0xC1, 0xC2) and data[start : start + 1] == b"\x08"
    return True


def decode_strictly(
    data: bytes, colorspace: str, sides: tuple[int, int] | None = None
) -> np.ndarray:
    """The pixels of a JPEG stream of 8 bits, unless libjpeg warns of damage.

    Args:
        data: the stream.
        colorspace: "GRAY", "RGB" or "CMYK".
        sides: height and width to decode at: the full ones, or a half, quarter or eighth.

    Returns:
        `(h, w, channels)` uint8.

    Raises:
        ImageError: if the picture is damaged or cut short. Bytes after its end or between its
            segments, and a few unused ones behind its last code, do no harm.
    """
    try:
        return _decoded(data, colorspace, sides)
    except ValueError as error:
        if "subsampling level" in str(error):
            return _decoded_with_odd_sampling(data, colorspace)
    # What stands between segments makes libjpeg warn too, and only its first warning is told.
    data = _tidied(data)
    try:
        return _decoded(data, colorspace, sides)
    except ValueError as error:
        if not _is_harmless(str(error), data):
            raise ImageError(_reason(str(error))) from error
    return _decoded(data, colorspace, sides, strict=False)


def check_strictly(data: bytes) -> None:
    """Refuse a JPEG stream as `decode_strictly` does, if it is of a kind that it reads.

    Raises:
        ImageError: if the picture is damaged or cut short.
    """
    colorspace = _COLORSPACE.get(_frame(data)[3])
    if colorspace and is_common(data):
        decode_strictly(data, colorspace)


def _decoded(
    data: bytes, colorspace: str, sides: tuple[int, int] | None, *, strict: bool = True
) -> np.ndarray:
    min_height, min_width = sides or (0, 0)
    pixels: np.ndarray = simplejpeg.decode_jpeg(
        data,
        colorspace,
        fastupsample=False,
        min_height=min_height,
        min_width=min_width,
        strict=strict,
    )
    return pixels


def _decoded_deep(data: bytes, size: tuple[int, int], bits: int) -> np.ndarray:
    import imagecodecs

    samples = imagecodecs.jpeg_decode(data)
    check_decoded_size(samples, size)
    return scaled_samples(samples, bits)


def _decoded_with_odd_sampling(data: bytes, colorspace: str) -> np.ndarray:
    """The pixels where TurboJPEG knows no name for how colors are subsampled, at full size.

    This decoder tells of no damage but a missing end.
    """
    import imagecodecs

    if colorspace == "CMYK" or data.find(_END_OF_IMAGE, _start_of_scan(data)) < 0:
        raise ImageError("truncated picture")
    pixels: np.ndarray = imagecodecs.jpeg8_decode(data)
    return pixels.reshape(*pixels.shape[:2], -1)


def _is_harmless(warning: str, data: bytes) -> bool:
    if re.search(_HARMLESS, warning):
        return True
    unused = re.search(r"(\d+) extraneous bytes before marker 0xd9", warning)
    if not unused:
        return False
    count, end = int(unused[1]), data.rfind(_END_OF_IMAGE)
    # Some cameras fill up with one value; other bytes are codes that the decoder lost track of.
    return count <= _FEW_BYTES or len(set(data[end - count : end])) == 1


def _reason(warning: str) -> str:
    if "Premature end of JPEG" in warning:
        return "truncated picture"
    if "premature end of data" in warning:
        return "damaged picture (part of its data is missing)"
    if "Corrupt JPEG data" in warning:
        return "damaged picture (corrupt data)"
    return "broken picture (JPEG)"


def _metadata(data: bytes, bits: int) -> tuple[bytes, Metadata]:
    if bits != 8:  # Pillow opens no others
        return b"", Metadata()
    segments = list(_segments(data))
    if not any(marker in _TELLING for marker, _, _ in segments):
        return b"", Metadata(dpi=_density(data, segments))
    try:
        return _metadata_by_pillow(data)
    except Exception:
        return b"", Metadata()  # damage there does not spoil the picture


def _metadata_by_pillow(data: bytes) -> tuple[bytes, Metadata]:
    with opened(data, "jpeg") as image:
        profile, metadata = metadata_of(image)
        resources = image.info.get("photoshop")
        iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
        # Pillow's own reading of EXIF takes one resolution for both directions.
        dpi = _jfif_dpi(image.info)
    return profile, replace(metadata, iptc=iptc if isinstance(iptc, bytes) else b"", dpi=dpi)


def _jfif_dpi(info: dict[str | tuple[int, int], object]) -> tuple[float, float] | None:
    density, unit = info.get("jfif_density"), info.get("jfif_unit")
    if not isinstance(density, tuple) or unit not in (1, 2):
        return None
    factor = 1.0 if unit == 1 else _CENTIMETER
    return density[0] * factor, density[1] * factor


def _density(data: bytes, segments: list[tuple[int, int, int]]) -> tuple[float, float] | None:
    """The resolution that the JFIF segment tells."""
    for marker, start, end in segments:
        if marker == _APP0 and end - start >= 12 and data.startswith(b"JFIF\0", start):
            unit, across, down = struct.unpack_from(">BHH", data, start + 7)
            return _jfif_dpi({"jfif_unit": unit, "jfif_density": (across, down)})
    return None


def _frame(data: bytes) -> tuple[int, int, int, int]:
    """Bits, height, width and channels by the frame header."""
    for marker, start, end in _segments(data):
        if marker in _FRAMES and end - start >= 6:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, start)
            return bits, height, width, channels
    raise ImageError("truncated picture")


def _lacks_scans(data: bytes) -> bool:
    """Whether a progressive picture ends before the last bits of its coefficients (annex G).

    libjpeg takes such a picture for whole, but it is coarse.
    """
    if not any(marker == _PROGRESSIVE for marker, _, _ in _segments(data)):
        return False
    lowest_bits: dict[tuple[int, int], int] = {}
    for start in _scans(data):
        count = data[start]
        first, last, bits = data[start + 1 + 2 * count : start + 4 + 2 * count]
        for component in data[start + 1 : start + 1 + 2 * count : 2]:
            lowest_bits |= {(component, k): bits & 15 for k in range(first, last + 1)}
    return any(lowest_bits.values()) or max(k for _, k in lowest_bits) == 0


def _scans(data: bytes) -> Iterator[int]:
    """Where the content of each scan header starts, up to the end of the picture."""
    at = _start_of_scan(data) - 4
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.start() + 4
        if marker == _END_OF_IMAGE[1]:
            return
        if marker == _START_OF_SCAN:
            yield at
        at += max(int.from_bytes(data[at - 2 : at], "big"), 2) - 2


def _start_of_scan(data: bytes) -> int:
    return next((start for marker, start, _ in _segments(data) if marker == _START_OF_SCAN), 0)


def _is_adobe(data: bytes) -> bool:
    return any(
        marker == _APP14 and data.startswith(_ADOBE_HEADER, start)
        for marker, start, _ in _segments(data)
    )


def _tidied(data: bytes) -> bytes:
    """The stream with nothing but what its decoding needs before the first scan."""
    parts, channels = [data[:2]], _frame(data)[3]
    for marker, start, end in _segments(data):
        if marker == _START_OF_SCAN:
            parts.append(data[start - 4 :])
        elif marker in _TABLES:
            parts.append(data[start - 4 : end])
        elif marker == _APP0 and data.startswith(b"JFIF\0", start):
            parts.append(b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0")
        elif marker == _APP14 and data.startswith(_ADOBE_HEADER, start):
            # Of three channels all but 0 means luma and chroma; libjpeg warns of all but 1.
            known = data[end - 1 : end] if channels == 4 or data[end - 1] == 0 else b"\1"
            parts.append(data[start - 4 : end - 1] + known)
    return b"".join(parts)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Markers, and where their content starts and ends, up to the first scan."""
    at = 2
    while 0 <= at <= len(data) - 4:
        marker, size = struct.unpack_from(">BH", data, at + 1)
        if data[at] != 0xFF or marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            # Fill bytes, stray bytes, and markers without content: on to what may be the next.
            at = data.find(b"\xff", at + 1)
            continue
        yield marker, at + 4, at + 2 + size
        if marker in (_START_OF_SCAN, 0xD9):
            return
        at += 2 + max(size, 2)
