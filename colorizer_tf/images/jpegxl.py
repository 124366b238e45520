"""JPEG XL files (ISO/IEC 18181), by libjxl."""

from dataclasses import replace

import imagecodecs
import numpy as np

from colorizer_tf.images import jpeg
from colorizer_tf.images.boxes import boxes_of, metadata_of_boxes
from colorizer_tf.images.limits import check_decoded_size, check_size
from colorizer_tf.images.orientation import swaps_sides, upright
from colorizer_tf.images.photo import Header, StoredPhoto
from colorizer_tf.images.samples import scaled_samples, split_alpha

_CODESTREAM = b"\xff\x0a"
_HEADER_BYTES = 32
# 18181-1, table 3: bits of a side's length, and table 4: width to height.
_LENGTH_BITS = (9, 13, 18, 30)
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


def read_header(data: bytes) -> Header:
    """Size and metadata; the decoder turns the picture upright by its own header."""
    bits = _opened(data)
    height, width = _size(bits)
    check_size(height, width)
    is_default = bits.take(1)
    orientation = bits.take(3) + 1 if not is_default and bits.take(1) else 1
    if swaps_sides(orientation):
        height, width = width, height
    # The codestream's counts, whatever EXIF says.
    metadata = replace(metadata_of_boxes(data), orientation=orientation)
    return Header(height, width, metadata, is_upright=True)


def is_animated(data: bytes) -> bool:
    """Whether a file calls itself an animation (18181-1, D.2 and D.3)."""
    bits = _opened(data)
    _size(bits)
    if bits.take(1) or not bits.take(1):
        return False
    bits.take(3)
    if bits.take(1):
        _size(bits)
    has_preview = bits.take(1)
    return not has_preview and bool(bits.take(1))


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata; of a file that holds a whole JPEG, that one's."""
    header = read_header(data)
    if next(boxes_of(data, b"jbrd", 0), None) is not None:
        return _read_jpeg(bytes(imagecodecs.jpegxl_decode_jpeg(data, numthreads=1)), header)
    samples: np.ndarray = imagecodecs.jpegxl_decode(data, numthreads=1)
    while samples.ndim > 2 and samples.shape[:2] != (header.height, header.width):
        samples = samples[0]  # frames
    check_decoded_size(samples, (header.height, header.width))
    scaled = scaled_samples(samples, 8 * samples.itemsize)
    return StoredPhoto(*split_alpha(scaled), b"", header.metadata, is_upright=True)


def _read_jpeg(data: bytes, header: Header) -> StoredPhoto:
    stored = jpeg.read(data)
    # EXIF and XMP lie in boxes; what else the JPEG holds lies within it.
    held, found = header.metadata, stored.metadata
    metadata = replace(found, exif=held.exif or found.exif, xmp=held.xmp or found.xmp)
    return replace(
        stored,
        colors=upright(stored.colors, held.orientation),
        metadata=replace(metadata, orientation=held.orientation),
        is_upright=True,
    )


def _codestream(data: bytes) -> bytes:
    """The first bytes of the codestream, which may lie in one box or in numbered parts."""
    if data.startswith(_CODESTREAM):
        return data[:_HEADER_BYTES]
    parts = [*boxes_of(data, b"jxlc", _HEADER_BYTES)]
    parts += [part[4:] for part in boxes_of(data, b"jxlp", _HEADER_BYTES)]
    codestream = b"".join(parts)
    if not codestream.startswith(_CODESTREAM):
        raise EOFError
    return codestream


def _opened(data: bytes) -> "_Bits":
    """The bits of the codestream behind its signature."""
    bits = _Bits(_codestream(data))
    bits.take(16)
    return bits


def _size(bits: "_Bits") -> tuple[int, int]:
    is_small = bits.take(1)
    height = _side(bits, is_small)
    ratio = bits.take(3)
    if ratio == 0:
        return height, _side(bits, is_small)
    across, down = _RATIOS[ratio - 1]
    return height, height * across // down


def _side(bits: "_Bits", is_small: int) -> int:
    return 8 * (bits.take(5) + 1) if is_small else bits.take(_LENGTH_BITS[bits.take(2)]) + 1


class _Bits:
    """A stream of bits, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:_HEADER_BYTES], "little")

    def take(self, count: int) -> int:
        taken = self._value & (2**count - 1)
        self._value >>= count
        return taken
