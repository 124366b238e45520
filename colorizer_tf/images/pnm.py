"""PNM files (PBM, PGM, PPM and PFM), by Pillow but for colors of 16 bits, which it cuts to 8."""

import re

import numpy as np

from colorizer_tf.images import pillow_reading
from colorizer_tf.images.limits import check_size
from colorizer_tf.images.photo import StoredPhoto

_SPACE = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(rb"P6" + 3 * (_SPACE + rb"(\d{1,9})") + rb"\s")

read_header = pillow_reading.read_header


def read(data: bytes) -> StoredPhoto:
    """Pixels; a file has no metadata."""
    found = _HEADER.match(data)
    if not found or not 255 < int(found[3]) <= 65535:
        return pillow_reading.read(data)
    width, height, highest = map(int, found.groups())
    check_size(height, width)
    if len(data) - found.end() < height * width * 6:
        raise EOFError
    stored = np.frombuffer(data, ">u2", height * width * 3, found.end())
    colors = stored.reshape(height, width, 3).astype(np.uint16)
    if highest < 65535:
        for row in colors:
            scaled = (np.minimum(row, highest) * np.uint32(65535) + highest // 2) // highest
            row[:] = scaled
    return StoredPhoto(colors, None)
