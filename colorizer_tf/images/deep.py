"""JPEG 2000, AVIF and HEIC files with more than 8 bits a channel, which Pillow would cut to 8."""

import struct

import imagecodecs
import numpy as np

# JPEG 2000 part 1, annex A.5.1: a codestream opens with SOC and, at once, SIZ.
_CODESTREAM = b"\xff\x4f\xff\x51"
_SYCC = b"colr\x01\x00\x00\x00\x00\x00\x12"


def decode_jpeg2000(data: bytes, size: tuple[int, int]) -> np.ndarray | None:
    """The samples of a file of 9 to 16 bits, spread to 16; None for any other.

    Args:
        data: the file's content.
        size: width and height by its header.
    """
    start = data.find(_CODESTREAM)
    if start < 0 or len(data) < start + 45 or _SYCC in data[:start]:
        return None
    (components,) = struct.unpack_from(">H", data, start + 40)
    about = data[start + 42 : start + 42 + 3 * components]
    depths = {depth + 1 for depth in about[::3]}
    same_grid = set(about[1::3]) | set(about[2::3]) == {1}
    if components not in (1, 2, 3, 4) or len(depths) != 1 or not same_grid:
        return None
    (bits,) = depths
    if not 9 <= bits <= 16:
        return None
    # The codestream alone: with its file around, the decoder would apply the colour profile too.
    return _spread(imagecodecs.jpeg2k_decode(data[start:]), bits, size)


def decode_avif(data: bytes, size: tuple[int, int]) -> np.ndarray | None:
    """The samples of a file of 10 or 12 bits, spread to 16; None for any other.

    Args:
        data: the file's content.
        size: width and height by its header.
    """
    # AV1 in ISOBMFF, 2.3.3: version, profile and level, then the bits of the depth.
    start = data.find(b"av1C", 0, 2**16)
    if start < 0 or len(data) < start + 7:
        return None
    high, twelve = data[start + 6] & 0x40, data[start + 6] & 0x20
    if not high:
        return None
    return _spread(imagecodecs.avif_decode(data, 0, numthreads=1), 12 if twelve else 10, size)


def spread_bits(samples: np.ndarray, bits: int) -> np.ndarray:
    """Codes of 9 to 16 bits as codes of 16, in place: black stays black, white becomes white."""
    if bits < 16:
        low = samples >> (2 * bits - 16)
        samples <<= 16 - bits
        samples |= low
    return samples


def _spread(samples: np.ndarray, bits: int, size: tuple[int, int]) -> np.ndarray | None:
    if samples.dtype != np.uint16 or samples.shape[:2] != (size[1], size[0]):
        return None
    return spread_bits(samples, bits)
