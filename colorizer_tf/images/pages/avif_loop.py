"""How often an AVIF sequence is shown, which Pillow neither reads nor writes.

A track that is shown again has an edit list with the flag "repeat", and lasts as long as all of its
rounds together, or for ever (ISO/IEC 14496-12, 8.6.6; ISO/IEC 23000-22, 7.2).
"""

import struct
from collections.abc import Iterator

_MAX_BOXES = 1000
_CONTAINERS = (b"moov", b"trak", b"edts")
_REPEAT = 1
# Of the boxes below, by version: from their content to the duration.
_DURATION_AT = {b"tkhd": (20, 28), b"mvhd": (16, 24)}
_FOR_EVER = (2**32 - 1, 2**64 - 1)
FOR_EVER = 0


def plays_of(data: bytes) -> int | None:
    """How often the first track is shown; 0 is for ever, None if the file does not tell."""
    whole = 0
    for kind, at, end in _boxes(data, 0, len(data)):
        if kind == b"tkhd":
            whole = _duration(data, kind, at, end)
        if kind == b"elst" and end - at >= 16:
            once = _number(data, at + 8, data[at])
            if not data[at + 3] & _REPEAT or not once:
                return 1
            return FOR_EVER if whole in _FOR_EVER else max(1, -(-whole // once))
    return None


def with_plays(data: bytes, plays: int) -> bytes:
    """A sequence that is shown so often, at least once.

    Args:
        data: as libavif writes it: shown for ever, its numbers of 64 bits.
        plays: how often.
    """
    changed = bytearray(data)
    once = 0
    durations: list[int] = []
    for kind, at, end in _boxes(data, 0, len(data)):
        if kind in _DURATION_AT and data[at] == 1 and _duration(data, kind, at, end) in _FOR_EVER:
            durations.append(at + _DURATION_AT[kind][1])
        if kind == b"elst" and data[at] == 1:
            once = _number(data, at + 8, 1)
    for at in durations if once else ():
        struct.pack_into(">Q", changed, at, once * plays)
    return bytes(changed)


def _duration(data: bytes, kind: bytes, at: int, end: int) -> int:
    version = data[at] if at < end else 0
    place = at + _DURATION_AT[kind][version == 1]
    return _number(data, place, version) if place + 8 <= end else 0


def _number(data: bytes, at: int, version: int) -> int:
    return int.from_bytes(data[at : at + (8 if version == 1 else 4)], "big")


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and end of the content of all boxes, and of those in `_CONTAINERS`."""
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        if not 8 < size <= end - at:
            return
        yield kind, at + 8, at + size
        if kind in _CONTAINERS:
            yield from _boxes(data, at + 8, at + size)
        at += size
