"""TIFF files of any kind written field by field, and libvips, which reads them without tifffile."""

import struct
from dataclasses import dataclass

import imagecodecs
import numpy as np
import pyvips

GRAY_WHITE_0, GRAY, RGB, PALETTE, CMYK, LAB = 0, 1, 2, 3, 5, 8
CHANNELS = {GRAY_WHITE_0: 1, GRAY: 1, RGB: 3, PALETTE: 1, CMYK: 4, LAB: 3}
COMPRESSIONS = {
    1: bytes,
    5: imagecodecs.lzw_encode,
    8: imagecodecs.zlib_encode,
    32773: imagecodecs.packbits_encode,
}
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True)
class Layout:
    """How samples lie in a file.

    Attributes:
        photometric: TIFF's number of the colors.
        bits: a sample's.
        sample_format: unsigned, signed or float.
        planar: each channel in strips of its own.
        compression: TIFF's number.
        order: "<" or ">".
        alpha: TIFF's number: 0 unspecified, 1 associated, 2 unassociated; None: no extra channel.
        big: BigTIFF.
    """

    photometric: int
    bits: int
    sample_format: int = UNSIGNED
    planar: bool = False
    compression: int = 1
    order: str = "<"
    alpha: int | None = None
    big: bool = False


def tiff_by_hand(
    samples: np.ndarray, layout: Layout, colormap: np.ndarray | None = None, rows: int = 5
) -> bytes:
    """A TIFF file.

    Args:
        samples: `(h, w, channels)`, alpha last: integers of `bits`, or floats.
        layout: how they lie.
        colormap: `(3, 2**bits)` uint16, for a palette.
        rows: a strip's.
    """
    height, width, channels = samples.shape
    planes = np.moveaxis(samples, -1, 0)[..., None] if layout.planar else samples[None]
    strips = [
        COMPRESSIONS[layout.compression](packed_rows(plane[top : top + rows], layout))
        for plane in planes
        for top in range(0, height, rows)
    ]
    tags = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [layout.bits] * channels),
        259: (3, [layout.compression]),
        262: (3, [layout.photometric]),
        273: (16 if layout.big else 4, [0] * len(strips)),
        277: (3, [channels]),
        278: (4, [rows]),
        279: (4, [len(strip) for strip in strips]),
        284: (3, [2 if layout.planar else 1]),
        339: (3, [layout.sample_format] * channels),
    }
    if layout.alpha is not None:
        tags[338] = (3, [layout.alpha])
    if layout.photometric == CMYK:
        tags[332] = (3, [1])
    if colormap is not None:
        tags[320] = (3, colormap.ravel().tolist())
    return _assembled(strips, tags, layout.order, big=layout.big)


def packed_rows(rows: np.ndarray, layout: Layout) -> bytes:
    """Rows of samples, each filled up to whole bytes (TIFF 6.0, section 7)."""
    if layout.bits % 8 == 0:
        kind = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}[layout.sample_format]
        return rows.astype(f"{layout.order}{kind}{layout.bits // 8}").tobytes()
    wide = rows.reshape(len(rows), -1).astype(">u2")
    bits = np.unpackbits(wide.view(np.uint8).reshape(*wide.shape, 2), axis=-1)
    kept = bits.reshape(*wide.shape, 16)[..., 16 - layout.bits :]
    return np.packbits(kept.reshape(len(rows), -1), axis=1).tobytes()


def _assembled(
    strips: list[bytes], tags: dict[int, tuple[int, list[int]]], order: str, *, big: bool
) -> bytes:
    body = bytearray(_header(order, 0, big=big))
    offsets = []
    for strip in strips:
        offsets.append(len(body))
        body += strip + bytes(len(strip) % 2)
    tags[273] = (tags[273][0], offsets)
    table, room = [], 8 if big else 4
    for tag, (kind, numbers) in sorted(tags.items()):
        value = struct.pack(f"{order}{len(numbers)}{_CODES[kind]}", *numbers)
        if len(value) > room:
            place = len(body)
            body += value + bytes(len(value) % 2)
            value = struct.pack(order + ("Q" if big else "I"), place)
        code = "HHQ8s" if big else "HHI4s"
        table.append(struct.pack(order + code, tag, kind, len(numbers), value.ljust(room, b"\0")))
    start = len(body)
    body += struct.pack(order + ("Q" if big else "H"), len(table)) + b"".join(table) + bytes(room)
    head = _header(order, start, big=big)
    body[: len(head)] = head
    return bytes(body)


def _header(order: str, start: int, *, big: bool) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    if big:
        return mark + struct.pack(order + "HHHQ", 43, 8, 0, start)
    return mark + struct.pack(order + "HI", 42, start)


def lightness_by_libvips(data: bytes) -> np.ndarray | None:
    """L* of the first page without its alpha, `(h, w)`, by libvips; None if it refuses the file."""
    try:
        image = pyvips.Image.new_from_buffer(data, "", fail_on="warning")
        colors = image[: image.bands - 1] if image.hasalpha() else image
        lab = np.asarray(colors.colourspace("lab").numpy())
    except pyvips.Error:
        return None
    return lab[..., 0]
