"""JPEG 2000 files (ISO/IEC 15444-1): JP2 and bare codestreams, 8 to 16 bits."""

import struct
from dataclasses import replace

import imagecodecs
import numpy as np

from colorizer_tf.images import pillow_reading
from colorizer_tf.images.boxes import boxes_of, metadata_of_boxes
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.samples import split_alpha, spread_bits

# Annex A.5.1: a codestream opens with SOC and, at once, SIZ.
_CODESTREAM = b"\xff\x4f\xff\x51"
_SYCC = b"colr\x01\x00\x00\x00\x00\x00\x12"


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    with pillow_reading.opened(data, "jpeg2000") as image:
        return Header(image.height, image.width, _metadata(data, image.info.get("dpi")))


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata."""
    profile = _profile(data)
    with pillow_reading.opened(data, "jpeg2000") as image:
        metadata = _metadata(data, image.info.get("dpi"))
        samples = _deep_samples(data, (image.height, image.width))
        if samples is not None:
            return StoredPhoto(*split_alpha(samples), profile, metadata)
        image.load()
        return StoredPhoto(*pillow_reading.colors_and_alpha(image), profile, metadata)


def _deep_samples(data: bytes, size: tuple[int, int]) -> np.ndarray | None:
    """The samples of a file of 9 to 16 bits, spread to 16; None for any other."""
    start = data.find(_CODESTREAM)
    if start < 0 or len(data) < start + 45 or _SYCC in data[:start]:
        return None
    (components,) = struct.unpack_from(">H", data, start + 40)
    described = data[start + 42 : start + 42 + 3 * components]
    depths = {depth + 1 for depth in described[::3]}
    same_grid = set(described[1::3]) | set(described[2::3]) == {1}
    if components not in (1, 2, 3, 4) or len(depths) != 1 or not same_grid:
        return None
    (bits,) = depths
    if not 9 <= bits <= 16:
        return None
    # The codestream alone: with its file around, the decoder would apply the color profile too.
    samples = imagecodecs.jpeg2k_decode(data[start:])
    if samples.dtype != np.uint16 or samples.shape[:2] != size:
        return None
    return spread_bits(samples, bits)


def _metadata(data: bytes, dpi: tuple[float, float] | None) -> Metadata:
    return replace(metadata_of_boxes(data), dpi=dpi)


def _profile(data: bytes) -> bytes:
    for box in boxes_of(data, b"jp2h"):
        for color in boxes_of(box, b"colr"):
            if color[:1] in (b"\2", b"\3"):
                return color[3:]
    return b""
