"""JPEG files of flat blocks written bit by bit (ITU-T T.81), for what no library here writes."""

import struct

import numpy as np


def jpeg_of_flat_blocks(size: tuple[int, int], sampling: list[tuple[int, int]]) -> bytes:
    """A baseline JPEG whose blocks each have one value of their own.

    Args:
        size: height and width, a multiple of the largest block.
        sampling: horizontal and vertical factors of each component.
    """
    across, down = (max(factors) for factors in zip(*sampling, strict=True))
    units = (size[0] // (8 * down)) * (size[1] // (8 * across))
    rng, last, bits = np.random.default_rng(0), [0] * len(sampling), ""
    for _ in range(units):
        for component, (h, v) in enumerate(sampling):
            for _ in range(h * v):
                value = int(rng.integers(-60, 60))
                bits += _difference(value - last[component]) + "0"  # and the end of the block
                last[component] = value
    bits += "1" * (-len(bits) % 8)
    codes = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    components = range(1, len(sampling) + 1)
    frame = b"".join(
        bytes([number, h << 4 | v, 0]) for number, (h, v) in zip(components, sampling, strict=True)
    )
    scan = b"".join(bytes([number, 0]) for number in components) + b"\0\x3f\0"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, b"\0" + b"\x08" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, *size, len(sampling)) + frame),
            # Twelve lengths of differences, with four bits each; the end of a block, with one.
            _segment(0xC4, b"\0" + bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12))),
            _segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
            _segment(0xDA, bytes([len(sampling)]) + scan),
            codes,
            b"\xff\xd9",
        )
    )


def _difference(value: int) -> str:
    length = abs(value).bit_length()
    code = value if value > 0 else value + 2**length - 1
    return f"{length:04b}" + (f"{code:0{length}b}" if length else "")


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
