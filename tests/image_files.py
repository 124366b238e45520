"""Photos in every format and depth, drawn by code and written by outside libraries."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import imagecodecs
import numpy as np
import tifffile
from PIL import Image

HEIGHT, WIDTH = 48, 64


@dataclass(frozen=True)
class Sample:
    """A file and what is in it.

    Attributes:
        name: unique, for people.
        format: what `Photo.format` must say.
        bits: a channel's, in the file.
        mode: "gray", "RGB", "CMYK" and so on, in the file.
        written_by: the library that wrote it.
        data: the file.
        pixels: what must come out, `(h, w)` or `(h, w, 3)`, uint8 or uint16.
        alpha: the same, or None.
        tolerance: how far off a lossy format may be, in codes of 8 bits.
    """

    name: str
    format: str
    bits: int
    mode: str
    written_by: str
    data: bytes
    pixels: np.ndarray
    alpha: np.ndarray | None = None
    tolerance: float = 0


def drawn(bits: int = 8, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A smooth picture, all of its corners different: `(h, w, 3)` codes of that many bits."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    unit = np.stack([x, y, (x + 1 - y) / 2], -1)
    return np.rint(unit * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def clear(bits: int = 8) -> np.ndarray:
    """Alpha that goes from clear to opaque: `(h, w)`."""
    ramp = np.linspace(0, 2**bits - 1, WIDTH).astype(np.uint8 if bits <= 8 else np.uint16)
    return np.repeat(ramp[None], HEIGHT, axis=0)


def by_pillow(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    """A file by Pillow."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(np.ascontiguousarray(image))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def by_tifffile(pixels: np.ndarray, **options: object) -> bytes:
    """A TIFF file by tifffile."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, metadata=None, **options)
    return buffer.getvalue()


def png_by_hand(
    rows: list[bytes],
    size: tuple[int, int],
    bits: int,
    kind: int,
    extra: bytes = b"",
    laced: int = 0,
) -> bytes:
    """A PNG file of packed rows, each behind its filter byte: for what no library here writes."""
    header = struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, laced)
    body = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + body + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(codes: np.ndarray, bits: int) -> list[bytes]:
    """Rows of codes of 1, 2, 4, 8 or 16 bits as PNG has them, unfiltered."""
    rows = []
    for row in codes.reshape(len(codes), -1):
        if bits == 16:
            rows.append(b"\0" + row.astype(">u2").tobytes())
        else:
            each = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits :]
            rows.append(b"\0" + np.packbits(each.ravel()).tobytes())
    return rows


# ISO/IEC 15948, 8.2: first row, first column and the steps of each pass of Adam7.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
_PASSES += ((1, 0, 2, 1),)


def interlaced(codes: np.ndarray, bits: int) -> list[bytes]:
    """Rows of the seven passes."""
    return [
        row
        for top, left, down, across in _PASSES
        if codes[top::down, left::across].size
        for row in packed(codes[top::down, left::across], bits)
    ]


def samples() -> Iterator[Sample]:
    """Every format and depth that is read, HEIC aside."""
    yield from jpegs()
    yield from pngs()
    yield from tiffs()
    yield from others()
    yield from deep_others()
    yield from formats_of_archives()


def jpegs() -> Iterator[Sample]:
    """Baseline, progressive, gray, subsampled, CMYK as Photoshop has it, inverted, and as it is."""
    plain, gray = drawn(), drawn()[..., 1]
    for name, options in {
        "": {"subsampling": 0},
        " progressive": {"progressive": True, "subsampling": 0},
        " 4:2:0": {"subsampling": 2},
        " with restarts": {"restart_marker_rows": 1},
    }.items():
        data = by_pillow(plain, "JPEG", quality=95, **options)
        yield Sample(f"jpeg{name}", "jpeg", 8, "RGB", "Pillow", data, plain, None, 12)
    data = by_pillow(gray, "JPEG", quality=95)
    yield Sample("jpeg gray", "jpeg", 8, "gray", "Pillow", data, gray, None, 6)
    data = by_pillow(gray, "JPEG", quality=95, progressive=True)
    yield Sample("jpeg gray progressive", "jpeg", 8, "gray", "Pillow", data, gray, None, 6)
    cmyk = Image.fromarray(plain).convert("CMYK")
    data = by_pillow(cmyk, "JPEG", quality=95)
    yield Sample("jpeg CMYK inverted", "jpeg", 8, "CMYK", "Pillow", data, plain, None, 12)
    start = data.index(b"\xff\xee")
    upright = by_pillow(Image.fromarray(255 - np.asarray(cmyk), "CMYK"), "JPEG", quality=95)
    bare = upright[:start] + upright[start + 16 :]
    yield Sample("jpeg CMYK", "jpeg", 8, "CMYK", "Pillow", bare, plain, None, 12)


def pngs() -> Iterator[Sample]:
    """All bit depths, palettes, transparency and interlacing."""
    size = (WIDTH, HEIGHT)
    for bits in (1, 2, 4, 8, 16):
        codes = drawn(bits)[..., 1]
        shown = codes if bits == 16 else (codes * np.uint8(255 // (2**bits - 1)))
        data = png_by_hand(packed(codes, bits), size, bits, 0)
        yield Sample(f"png {bits}-bit gray", "png", bits, "gray", "zlib", data, shown)
        data = png_by_hand(interlaced(codes, bits), size, bits, 0, laced=1)
        yield Sample(f"png {bits}-bit gray laced", "png", bits, "gray", "zlib", data, shown)
    for bits in (1, 2, 4, 8):
        image = Image.fromarray(drawn()).quantize(2**bits)
        data = by_pillow(image, "PNG", bits=bits)
        shown = np.asarray(image.convert("RGB"))
        yield Sample(f"png {bits}-bit palette", "png", bits, "palette", "Pillow", data, shown)
    grays = Image.fromarray(drawn()[..., 1]).quantize(16)
    data = by_pillow(grays, "PNG")
    shown = np.asarray(grays.convert("L"))
    yield Sample("png palette of grays", "png", 4, "palette", "Pillow", data, shown)
    data = by_pillow(image, "PNG", transparency=0)
    shown = np.asarray(image.convert("RGB"))
    alpha = np.where(np.asarray(image) == 0, 0, 255).astype(np.uint8)
    yield Sample("png palette tRNS", "png", 8, "palette", "Pillow", data, shown, alpha)
    for bits in (8, 16):
        rgb, alpha = drawn(bits), clear(bits)
        data = imagecodecs.png_encode(rgb)
        yield Sample(f"png {bits}-bit RGB", "png", bits, "RGB", "imagecodecs", data, rgb)
        data = png_by_hand(interlaced(rgb, bits), size, bits, 2, laced=1)
        yield Sample(f"png {bits}-bit RGB laced", "png", bits, "RGB", "zlib", data, rgb)
        ok, coded = cv2.imencode(".png", np.dstack([rgb[..., ::-1], alpha]))
        assert ok
        data = coded.tobytes()
        yield Sample(f"png {bits}-bit RGBA", "png", bits, "RGBA", "OpenCV", data, rgb, alpha)
        both, gray, name = (
            np.dstack([rgb[..., 1], alpha]),
            rgb[..., 1],
            f"png {bits}-bit gray+alpha",
        )
        data = imagecodecs.png_encode(both)
        yield Sample(name, "png", bits, "gray+alpha", "imagecodecs", data, gray, alpha)
        data = png_by_hand(interlaced(both, bits), size, bits, 4, laced=1)
        yield Sample(f"{name} laced", "png", bits, "gray+alpha", "zlib", data, gray, alpha)
        key = chunk(b"tRNS", struct.pack(">HHH", *rgb[3, 5].tolist()))
        data = png_by_hand(packed(rgb, bits), size, bits, 2, key)
        alpha = np.where((rgb == rgb[3, 5]).all(-1), 0, 2**bits - 1).astype(rgb.dtype)
        yield Sample(f"png {bits}-bit RGB tRNS", "png", bits, "RGB", "zlib", data, rgb, alpha)


def tiffs() -> Iterator[Sample]:
    """Depths, compressions, layouts and colours."""
    gray_8, rgb_8 = drawn()[..., 1], drawn()
    bilevel = Image.fromarray(gray_8).convert("1")
    shown = np.asarray(bilevel.convert("L"))
    data = by_pillow(bilevel, "TIFF", compression="group4")
    yield Sample("tiff 1-bit fax", "tiff", 1, "gray", "Pillow", data, shown)
    image = Image.fromarray(rgb_8).quantize(256)
    shown = np.asarray(image.convert("RGB"))
    data = by_pillow(image, "TIFF", compression="tiff_lzw")
    yield Sample("tiff palette", "tiff", 8, "palette", "Pillow", data, shown)
    cmyk = Image.fromarray(rgb_8).convert("CMYK")
    data = by_pillow(cmyk, "TIFF", compression="tiff_lzw")
    yield Sample("tiff 8-bit CMYK", "tiff", 8, "CMYK", "Pillow", data, rgb_8, None, 1)
    data = by_pillow(rgb_8, "TIFF", compression="jpeg", quality=95)
    yield Sample("tiff 8-bit JPEG", "tiff", 8, "RGB", "Pillow", data, rgb_8, None, 16)
    data = by_tifffile(np.stack([gray_8, 255 - gray_8]), photometric="minisblack")
    yield Sample("tiff of two pages", "tiff", 8, "gray", "tifffile", data, gray_8)
    for bits in (8, 16):
        rgb, alpha = drawn(bits), clear(bits)
        for compression in (None, "lzw", "deflate", "packbits", "zstd"):
            if (bits, compression) == (8, "zstd"):
                continue
            for mode, pixels in (("gray", rgb[..., 1]), ("RGB", rgb)):
                data = by_tifffile(pixels, compression=compression, rowsperstrip=7)
                name = f"tiff {bits}-bit {mode} {compression or 'plain'}"
                yield Sample(name, "tiff", bits, mode, "tifffile", data, pixels)
        for name, options in {
            "tiled": {"tile": (16, 32), "compression": "lzw"},
            "predictor": {"compression": "deflate", "predictor": True},
            "big-endian": {"byteorder": ">"},
            "BigTIFF": {"bigtiff": True},
        }.items():
            data = by_tifffile(rgb, **options)
            yield Sample(f"tiff {bits}-bit {name}", "tiff", bits, "RGB", "tifffile", data, rgb)
        planes = np.ascontiguousarray(np.moveaxis(rgb, -1, 0))
        data = by_tifffile(planes, photometric="rgb", planarconfig="separate")
        yield Sample(f"tiff {bits}-bit planar", "tiff", bits, "RGB", "tifffile", data, rgb)
        four = np.dstack([rgb, alpha])
        data = by_tifffile(four, photometric="rgb", extrasamples=["unassalpha"])
        yield Sample(f"tiff {bits}-bit RGBA", "tiff", bits, "RGBA", "tifffile", data, rgb, alpha)
    wide = drawn(16)
    data = by_tifffile(65535 - wide[..., 1], photometric="miniswhite")
    yield Sample("tiff 16-bit white is 0", "tiff", 16, "gray", "tifffile", data, wide[..., 1])
    inks = np.dstack([65535 - wide, np.zeros((HEIGHT, WIDTH), np.uint16)])
    data = by_tifffile(inks, photometric="separated")
    yield Sample("tiff 16-bit CMYK", "tiff", 16, "CMYK", "tifffile", data, wide)
    data = by_tifffile((wide / 65535).astype(np.float32), photometric="rgb", compression="zlib")
    yield Sample("tiff 32-bit floats", "tiff", 32, "RGB", "tifffile", data, wide)
    part = clear(16).astype(np.float64)[..., None] / 65535
    four = np.dstack([np.rint(wide * part).astype(np.uint16), clear(16)])
    data = by_tifffile(four, photometric="rgb", extrasamples=["assocalpha"])
    shown = np.where(part == 0, 0, wide).astype(np.uint16)
    yield Sample(
        "tiff 16-bit RGB times alpha", "tiff", 16, "RGBA", "tifffile", data, shown, clear(16), 0.5
    )


def others() -> Iterator[Sample]:
    """WebP, BMP, GIF, and AVIF and JPEG 2000 of 8 bits."""
    rgb, gray = drawn(), drawn()[..., 1]
    rgba = np.dstack([rgb, clear()])
    data = by_pillow(rgb, "WEBP", quality=95)
    yield Sample("webp", "webp", 8, "RGB", "Pillow", data, rgb, None, 16)
    data = by_pillow(rgb, "WEBP", lossless=True)
    yield Sample("webp lossless", "webp", 8, "RGB", "Pillow", data, rgb)
    data = by_pillow(rgba, "WEBP", lossless=True, exact=True)
    yield Sample("webp RGBA", "webp", 8, "RGBA", "Pillow", data, rgb, clear())
    bilevel = Image.fromarray(gray).convert("1")
    palette = Image.fromarray(rgb).quantize(256)
    shown = np.asarray(palette.convert("RGB"))
    for name, bits, image, pixels in (
        ("bmp 1-bit", 1, bilevel, np.asarray(bilevel.convert("L"))),
        ("bmp gray", 8, Image.fromarray(gray), gray),
        ("bmp palette", 8, palette, shown),
        ("bmp", 8, Image.fromarray(rgb), rgb),
    ):
        data = by_pillow(image, "BMP")
        mode = "RGB" if name == "bmp" else name.split()[1]
        yield Sample(name, "bmp", bits, mode, "Pillow", data, pixels)
    ok, coded = cv2.imencode(".bmp", np.dstack([rgb[..., ::-1], clear()]))
    assert ok
    yield Sample("bmp RGBA", "bmp", 8, "RGBA", "OpenCV", coded.tobytes(), rgb, clear())
    data = by_pillow(palette, "GIF")
    yield Sample("gif", "gif", 8, "palette", "Pillow", data, shown)
    grays = Image.fromarray(gray)
    yield Sample("gif gray", "gif", 8, "palette", "Pillow", by_pillow(grays, "GIF"), gray)
    data = by_pillow(palette, "GIF", transparency=0)
    alpha = np.where(np.asarray(palette) == 0, 0, 255).astype(np.uint8)
    yield Sample("gif transparent", "gif", 8, "palette", "Pillow", data, shown, alpha)
    other = Image.fromarray(255 - rgb).quantize(256)
    data = by_pillow(palette, "GIF", save_all=True, append_images=[other])
    yield Sample("gif of two frames", "gif", 8, "palette", "Pillow", data, shown)
    data = by_pillow(rgb, "AVIF", quality=95)
    yield Sample("avif", "avif", 8, "RGB", "Pillow", data, rgb, None, 16)
    data = by_pillow(rgba, "AVIF", quality=95)
    yield Sample("avif RGBA", "avif", 8, "RGBA", "Pillow", data, rgb, clear(), 16)


def deep_others() -> Iterator[Sample]:
    """JPEG 2000 of 8 to 16 bits, and AVIF of 10 and 12."""
    for bits in (8, 12, 16):
        codes = drawn(bits)
        shown = drawn(16) if bits == 16 else codes if bits == 8 else spread(codes, bits)
        for mode, pixels, expected in (
            ("gray", codes[..., 1], shown[..., 1]),
            ("RGB", codes, shown),
        ):
            data = imagecodecs.jpeg2k_encode(
                np.ascontiguousarray(pixels), bitspersample=bits, level=0, reversible=True
            )
            name = f"jpeg 2000 {bits}-bit {mode}"
            # Bits are repeated to fill 16: within a code of the exact ratio.
            close = 0 if bits == 8 else 1 / 257
            yield Sample(name, "jpeg2000", bits, mode, "imagecodecs", data, expected, None, close)
    data = imagecodecs.jpeg2k_encode(drawn(), codecformat="j2k", level=0, reversible=True)
    yield Sample("jpeg 2000 codestream", "jpeg2000", 8, "RGB", "imagecodecs", data, drawn())
    for bits in (10, 12):
        data = imagecodecs.avif_encode(drawn(bits), level=100, bitspersample=bits)
        shown = spread(drawn(bits), bits)
        yield Sample(f"avif {bits}-bit", "avif", bits, "RGB", "imagecodecs", data, shown, None, 0.1)


def formats_of_archives() -> Iterator[Sample]:
    """JPEG XL, PNM, TGA and PSD."""
    gray, rgb = drawn()[..., 1], drawn()
    rgba = np.dstack([rgb, clear()])
    data = imagecodecs.jpegxl_encode(rgb, lossless=True)
    yield Sample("jpeg xl", "jpegxl", 8, "RGB", "imagecodecs", data, rgb)
    data = imagecodecs.jpegxl_encode(rgb, lossless=True, usecontainer=True)
    yield Sample("jpeg xl in boxes", "jpegxl", 8, "RGB", "imagecodecs", data, rgb)
    data = imagecodecs.jpegxl_encode(rgba, lossless=True)
    yield Sample("jpeg xl RGBA", "jpegxl", 8, "RGBA", "imagecodecs", data, rgb, clear())
    data = imagecodecs.jpegxl_encode(gray, lossless=True)
    yield Sample("jpeg xl gray", "jpegxl", 8, "gray", "imagecodecs", data, gray)
    data = imagecodecs.jpegxl_encode(drawn(16), lossless=True)
    yield Sample("jpeg xl 16-bit", "jpegxl", 16, "RGB", "imagecodecs", data, drawn(16))
    data = imagecodecs.jpegxl_encode(rgb, level=95)
    yield Sample("jpeg xl lossy", "jpegxl", 8, "RGB", "imagecodecs", data, rgb, None, 12)
    jpeg = by_pillow(rgb, "JPEG", quality=95)
    data = imagecodecs.jpegxl_encode_jpeg(jpeg)
    shown = np.asarray(Image.open(io.BytesIO(jpeg)))
    yield Sample("jpeg xl of a jpeg", "jpegxl", 8, "RGB", "imagecodecs", data, shown)
    for kind in ("P2", "P5"):
        yield Sample(f"pnm {kind}", "pnm", 8, "gray", "this file", pnm(gray, 255, kind), gray)
        data = pnm(drawn(16)[..., 1], 65535, kind)
        yield Sample(f"pnm {kind} 16-bit", "pnm", 16, "gray", "this file", data, drawn(16)[..., 1])
    for kind in ("P3", "P6"):
        yield Sample(f"pnm {kind}", "pnm", 8, "RGB", "this file", pnm(rgb, 255, kind), rgb)
    data = pnm(drawn(16), 65535, "P6")
    yield Sample("pnm P6 16-bit", "pnm", 16, "RGB", "this file", data, drawn(16))
    data = pnm(drawn(12), 4095, "P6")
    yield Sample("pnm P6 12-bit", "pnm", 12, "RGB", "this file", data, spread(drawn(12), 12))
    bilevel = Image.fromarray(gray).convert("1")
    shown = np.asarray(bilevel.convert("L"))
    yield Sample("pnm P4", "pnm", 1, "gray", "Pillow", by_pillow(bilevel, "PPM"), shown)
    for name, options in (("tga", {}), ("tga run lengths", {"compression": "tga_rle"})):
        yield Sample(name, "tga", 8, "RGB", "Pillow", by_pillow(rgb, "TGA", **options), rgb)
    data = by_pillow(rgba, "TGA")
    yield Sample("tga RGBA", "tga", 8, "RGBA", "Pillow", data, rgb, clear())
    yield Sample("tga gray", "tga", 8, "gray", "Pillow", by_pillow(gray, "TGA"), gray)
    yield Sample("psd", "psd", 8, "RGB", "this file", psd(rgb, 3), rgb)
    yield Sample("psd gray", "psd", 8, "gray", "this file", psd(gray[..., None], 1), gray)
    inks = np.asarray(Image.fromarray(rgb).convert("CMYK"))
    yield Sample("psd CMYK", "psd", 8, "CMYK", "this file", psd(255 - inks, 4), rgb, None, 1)
    for packed_rows in (False, True):
        name, deep = f"psd 16-bit{' run lengths' * packed_rows}", drawn(16)
        data = psd(deep, 3, packed_rows=packed_rows)
        yield Sample(name, "psd", 16, "RGB", "this file", data, deep)
        data = psd(deep[..., 1:2], 1, packed_rows=packed_rows)
        yield Sample(f"{name} gray", "psd", 16, "gray", "this file", data, deep[..., 1])
        inks = np.dstack([deep, np.full((HEIGHT, WIDTH), 65535, np.uint16)])
        data = psd(inks, 4, packed_rows=packed_rows)
        yield Sample(f"{name} CMYK", "psd", 16, "CMYK", "this file", data, deep)


def pnm(codes: np.ndarray, highest: int, kind: str) -> bytes:
    """A PNM file with a comment in its header."""
    head = f"{kind}\n# drawn\n{codes.shape[1]} {codes.shape[0]}\n{highest}\n".encode()
    if kind in ("P2", "P3"):
        return head + b" ".join(str(code).encode() for code in codes.ravel()) + b"\n"
    return head + codes.astype(">u2" if highest > 255 else "u1").tobytes()


def psd(codes: np.ndarray, mode: int, *, packed_rows: bool = False) -> bytes:
    """A Photoshop file of nothing but its flattened picture, as it is or by run lengths."""
    height, width, channels = codes.shape
    bits = 8 * codes.itemsize
    head = struct.pack(">4sH6sHIIHH", b"8BPS", 1, bytes(6), channels, height, width, bits, mode)
    planes = np.moveaxis(codes, -1, 0).astype(f">u{codes.itemsize}")
    if not packed_rows:
        return head + bytes(12) + b"\0\0" + planes.tobytes()
    rows = [imagecodecs.packbits_encode(row.tobytes()) for plane in planes for row in plane]
    sizes = struct.pack(f">{len(rows)}H", *map(len, rows))
    return head + bytes(12) + b"\0\1" + sizes + b"".join(rows)


def spread(codes: np.ndarray, bits: int) -> np.ndarray:
    """Codes of fewer bits as codes of 16."""
    return np.rint(codes * (65535 / (2**bits - 1))).astype(np.uint16)


def profile_of(
    primaries: Sequence[Sequence[float]] | None, gamma: float = 2.2, name: str = "drawn"
) -> bytes:
    """A minimal ICC profile: a matrix, as Adobe RGB's, of colorants in XYZ (D50), or gray."""

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(values: Sequence[float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = name.encode() + b"\0"
    desc = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78
    tags = {b"desc": desc + b"\0" * (-len(desc) % 4), b"wtpt": xyz((0.9642, 1, 0.8249))}
    if primaries:
        colorants = zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
        tags |= {name: xyz(values) for name, values in colorants}
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    else:
        tags[b"kTRC"] = curve
    space = b"RGB " if primaries else b"GRAY"
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s", offset + len(body), b"none", 0x02100000, b"mntr", space, b"XYZ "
    )
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + b"".join(map(fixed, (0.9642, 1, 0.8249)))
    return header + b"\0" * (128 - len(header)) + struct.pack(">I", len(tags)) + table + body


# Adobe RGB (1998), annex B: the colorants adapted to D50.
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
# sRGB's (IEC 61966-2-1), likewise.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
