"""AVIF files (AV1 in ISOBMFF) of 8, 10 and 12 bits."""

import imagecodecs
import numpy as np

from colorizer_tf.images import pillow_reading
from colorizer_tf.images.limits import check_decoded_size, max_pixels
from colorizer_tf.images.photo import Header, StoredPhoto
from colorizer_tf.images.samples import split_alpha, spread_bits


def is_common(data: bytes) -> bool:
    """Whether the file is a still picture of 8 bits."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    return _bits(data) == 8 and b"avis" not in data[8:size]


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata; of a sequence the first frame."""
    with pillow_reading.opened(data, "avif") as image:
        profile, metadata = pillow_reading.metadata_of(image)
        bits, frames = _bits(data), getattr(image, "n_frames", 1)
        if bits > 8 and frames * image.height * image.width <= max_pixels():
            samples = spread_bits(_decoded(data, image.height, image.width), bits)
            return StoredPhoto(*split_alpha(samples), profile, metadata)
        image.load()
        return StoredPhoto(*pillow_reading.colors_and_alpha(image), profile, metadata)


def _decoded(data: bytes, height: int, width: int) -> np.ndarray:
    # Without an index: asked for one frame, this decoder crashes on sequences.
    samples: np.ndarray = imagecodecs.avif_decode(data, None, numthreads=1)
    while samples.ndim > 2 and samples.shape[:2] != (height, width):
        samples = samples[0]
    check_decoded_size(samples, (height, width))
    return samples.astype(np.uint16, copy=False)


def _bits(data: bytes) -> int:
    # AV1 in ISOBMFF, 2.3.3: version, profile and level, then the bits of the depth.
    start = data.find(b"av1C", 0, 2**16)
    if start < 0 or len(data) < start + 7 or not data[start + 6] & 0x40:
        return 8
    return 12 if data[start + 6] & 0x20 else 10


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    return pillow_reading.read_header(data)
