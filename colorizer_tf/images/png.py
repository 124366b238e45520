"""PNG files (ISO/IEC 15948) as chunks: their metadata, and the pixels at full depth."""

import struct
import zlib
from collections.abc import Iterable, Iterator

import imagecodecs
import numpy as np

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.limits import check_decoded_size, check_size
from colorizer_tf.images.photo import Header, Metadata, StoredPhoto
from colorizer_tf.images.samples import split_alpha

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_BLOCK_BYTES = 8 * 2**20
_INCH = 0.0254
_COLOR_TYPE = 25
_PALETTE = 3
_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_BLOCKS = (b"eXIf", b"iTXt", b"pHYs", b"iCCP")
_XMP_KEYWORD = b"XML:com.adobe.xmp"

# Run-length coding after each pixel's difference from its left neighbor: five times as fast as
# zlib's own search at level 3, and smaller on photos.
_ENCODING = {"level": 1, "strategy": 3, "filter": 16}


def read_header(data: bytes) -> Header:
    """Size and metadata."""
    file = _PngFile(data)
    return Header(*file.size, file.metadata)


def read(data: bytes) -> StoredPhoto:
    """Pixels and metadata."""
    file = _PngFile(data)
    return StoredPhoto(*split_alpha(file.decoded()), file.profile, file.metadata)


class _PngFile:
    """The chunks of a PNG file; only those that define the picture are passed to the decoder.

    Attributes:
        size: height and width by the header.
        profile: its ICC profile, or nothing.
        metadata: what else it holds.
    """

    def __init__(self, data: bytes) -> None:
        """Read the chunks.

        Raises:
            ImageError: if the header is missing or breaks the limits.
        """
        if len(data) < 33 or data[12:16] != b"IHDR":
            raise ImageError("truncated picture")
        width, height = struct.unpack_from(">II", data, 16)
        check_size(height, width)
        self.size = height, width
        self._needed: list[bytes | memoryview] = [SIGNATURE]
        self._has_gray_palette = False
        has_palette = data[_COLOR_TYPE] == _PALETTE
        blocks = dict.fromkeys(_BLOCKS, b"")
        for kind, start, end in _chunks(data):
            if kind == b"PLTE" and not has_palette:
                continue  # only a suggestion, for displays of few colors
            if kind in _PICTURE:
                self._needed.append(memoryview(data)[start - 8 : end + 4])
                self._has_gray_palette |= kind == b"PLTE" and _is_gray(data[start:end])
            elif kind == b"iTXt" and not data.startswith(_XMP_KEYWORD + b"\0", start):
                continue
            elif blocks.get(kind) == b"" and end - start <= MAX_BLOCK_BYTES:
                blocks[kind] = data[start:end]
        self.profile = _profile(blocks[b"iCCP"])
        self.metadata = Metadata(
            exif=blocks[b"eXIf"].removeprefix(b"Exif\0\0"),
            xmp=_international_text(blocks[b"iTXt"]),
            dpi=_dpi(blocks[b"pHYs"]),
        )

    def decoded(self) -> np.ndarray:
        """The samples, uint8 or uint16; palettes and 1 to 4 bits are spread to 8.

        Returns:
            `(h, w)` gray, `(h, w, 2)` gray and alpha, `(h, w, 3)` RGB or `(h, w, 4)` RGBA.
        """
        samples: np.ndarray = imagecodecs.png_decode(b"".join(self._needed))
        check_decoded_size(samples, self.size)
        if self._has_gray_palette and samples.ndim == 3:
            return samples[..., 0] if samples.shape[2] == 3 else samples[..., ::3]
        return samples


def encode_pixels(pixels: np.ndarray) -> bytes:
    """The content of a PNG file of gray, RGB or RGBA pixels, uint8 or uint16."""
    return bytes(imagecodecs.png_encode(pixels, **_ENCODING))


def with_chunks(png: bytes, chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A PNG file with chunks `(kind, data)` inserted after its header."""
    packed = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"".join((png[:33], packed, memoryview(png)[33:]))


def text_chunk(keyword: str, text: str) -> tuple[bytes, bytes]:
    """An iTXt chunk: text in UTF-8 under a Latin-1 keyword."""
    return b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")


def xmp_chunk(packet: bytes) -> tuple[bytes, bytes]:
    """An iTXt chunk of an XMP packet (XMP specification, part 3)."""
    return b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + packet


def dpi_chunk(dpi: tuple[float, float]) -> tuple[bytes, bytes]:
    """Pixels per inch, rounded to whole pixels per meter."""
    across, down = (min(round(value / _INCH), 2**31 - 1) for value in dpi)
    return b"pHYs", struct.pack(">IIB", across, down, 1)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + size
        if end + 4 > len(data):
            # Checked before decoding: the decoder may allocate all that is claimed.
            raise ImageError("truncated picture")
        yield kind, at + 8, end
        if kind == b"IEND":
            return
        at = end + 4


def _is_gray(palette: bytes) -> bool:
    colors = np.frombuffer(palette[: len(palette) // 3 * 3], np.uint8).reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


def _inflated(data: bytes) -> bytes:
    """The decompressed data; empty if it is broken or larger than the limit."""
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(data, MAX_BLOCK_BYTES)
    except zlib.error:
        return b""
    return text if stream.eof else b""


def _profile(chunk: bytes) -> bytes:
    _, _, rest = chunk.partition(b"\0")
    return _inflated(rest[1:]) if rest[:1] == b"\0" else b""


def _international_text(chunk: bytes) -> bytes:
    """The text of an iTXt chunk: keyword, flags, language, translated keyword, text."""
    _, _, rest = chunk.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return b""
    return _inflated(parts[2]) if rest[0] else parts[2]


def _dpi(chunk: bytes) -> tuple[float, float] | None:
    if len(chunk) != 9:
        return None
    across, down, unit = struct.unpack(">IIB", chunk)
    return (across * _INCH, down * _INCH) if unit == 1 and across and down else None
