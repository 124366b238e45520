"""PSD files (Adobe Photoshop File Formats Specification): their flattened picture."""

import struct
from typing import NamedTuple

import imagecodecs
import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import pillow_reading
from colorizer_tf.images.limits import check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto

_COLORS_OF_MODE = {1: 1, 3: 3, 4: 4, 8: 1}  # gray, RGB, CMYK, duotone
_CMYK, _PLAIN, _RUN_LENGTHS = 4, 0, 1
_RESOLUTION, _IPTC, _PROFILE, _EXIF, _XMP = 0x03ED, 0x0404, 0x040F, 0x0422, 0x0424


class _Psd(NamedTuple):
    channels: int
    height: int
    width: int
    bits: int
    mode: int
    blocks: dict[int, bytes]
    picture: int  # where it starts


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    file = _parsed(data)
    return Header(file.height, file.width, _metadata(file))


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata: 8 bits by Pillow, 16 bits here."""
    file = _parsed(data)
    profile, metadata = file.blocks.get(_PROFILE, b""), _metadata(file)
    if file.bits == 16:
        return StoredPhoto(_deep_colors(data, file), None, profile, metadata)
    with pillow_reading.opened(data, "psd") as image:
        image.load()
        return StoredPhoto(*pillow_reading.colors_and_alpha(image), profile, metadata)


def _parsed(data: bytes) -> _Psd:
    channels, height, width, bits, mode = struct.unpack_from(">HIIHH", data, 12)
    check_size(height, width)
    at, sections = 26, []
    for _ in range(3):  # palette, image resources, layers
        (size,) = struct.unpack_from(">I", data, at)
        sections.append((at + 4, at + 4 + size))
        at += 4 + size
    return _Psd(channels, height, width, bits, mode, _blocks(data, *sections[1]), at)


def _blocks(data: bytes, at: int, end: int) -> dict[int, bytes]:
    """Image resources by their number: signature, number, name, size, data to an even length."""
    blocks = {}
    while at + 12 <= min(end, len(data)) and data[at : at + 4] == b"8BIM":
        (number,) = struct.unpack_from(">H", data, at + 4)
        start = at + 6 + (data[at + 6] + 2) // 2 * 2
        (size,) = struct.unpack_from(">I", data, start)
        blocks[number] = data[start + 4 : start + 4 + size]
        at = start + 4 + size + size % 2
    return blocks


def _metadata(file: _Psd) -> Metadata:
    resolution, dpi = file.blocks.get(_RESOLUTION, b""), None
    if len(resolution) >= 12:
        across, down = struct.unpack(">i4xi", resolution[:12])  # 16 bits before the point
        dpi = across / 65536, down / 65536
    exif, xmp, iptc = (file.blocks.get(number, b"") for number in (_EXIF, _XMP, _IPTC))
    return Metadata(exif=exif, xmp=xmp, iptc=iptc, dpi=dpi)


def _deep_colors(data: bytes, file: _Psd) -> np.ndarray:
    count = _COLORS_OF_MODE.get(file.mode, 0)
    (compression,) = struct.unpack_from(">H", data, file.picture)
    if not 0 < count <= file.channels or compression not in (_PLAIN, _RUN_LENGTHS):
        raise ImageError("a kind of PSD that is not known")
    start, rows = file.picture + 2, count * file.height
    if compression == _RUN_LENGTHS:
        codes = _unpacked(data, start, file, rows)
    else:
        codes = data[start : start + rows * file.width * 2]
    planes = np.frombuffer(codes, ">u2").reshape(count, file.height, file.width)
    colors = np.ascontiguousarray(np.moveaxis(planes, 0, -1).astype(np.uint16))
    if file.mode == _CMYK:
        np.subtract(65535, colors, out=colors)  # stored is how much white is left
    return colors[..., 0] if count == 1 else colors


def _unpacked(data: bytes, start: int, file: _Psd, rows: int) -> bytes:
    sizes = struct.unpack_from(f">{file.channels * file.height}H", data, start)
    at, parts = start + 2 * len(sizes), []
    for size in sizes[:rows]:
        part = imagecodecs.packbits_decode(data[at : at + size], out=file.width * 2)
        if len(part) != file.width * 2:
            raise EOFError
        parts.append(bytes(part))
        at += size
    return b"".join(parts)
