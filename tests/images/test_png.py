"""PNG files of the kinds that PngSuite (Willem van Schaik) has, drawn here."""

import itertools
import struct
import zlib

import imagecodecs
import numpy as np
import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from tests.image_files import chunk, interlaced, packed, png_by_hand

GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
DEPTHS = {GRAY: (1, 2, 4, 8, 16), PALETTE: (1, 2, 4, 8)}
KINDS = [(kind, bits) for kind in CHANNELS for bits in DEPTHS.get(kind, (8, 16))]


def codes_of(kind, bits, height=32, width=32):
    rng = np.random.default_rng(bits + kind)
    return rng.integers(0, 2**bits, (height, width, CHANNELS[kind]))


def png(codes, kind, bits, extra=b"", laced=0):
    rows = interlaced(codes, bits) if laced else packed(codes, bits)
    return png_by_hand(rows, codes.shape[1::-1], bits, kind, extra, laced)


def palette_of(bits, gray=False):
    table = np.random.default_rng(3).integers(0, 256, (2**bits, 3)).astype(np.uint8)
    return np.repeat(table[:, :1], 3, axis=1) if gray else table


def shown(codes, kind, bits, palette=None):
    """The picture `(h, w)` or `(h, w, 3)` and its alpha, of 8 or 16 bits."""
    if kind == PALETTE:
        return palette[codes[..., 0]], None
    full = codes * 255 // (2**bits - 1) if bits < 8 else codes
    colors = full[..., 0] if kind in (GRAY, GRAY_ALPHA) else full[..., :3]
    return colors, full[..., -1] if kind in (GRAY_ALPHA, RGBA) else None


def check(data, colors, alpha=None):
    photo = images.decode_photo(data)
    assert photo.format == "png"
    assert photo.pixels.shape == colors.shape
    assert (photo.pixels == colors).all()
    assert (photo.alpha is None) == (alpha is None)
    if alpha is not None:
        assert (photo.alpha == alpha).all()
    assert images.photo_size(data) == colors.shape[:2]


@pytest.mark.parametrize("laced", [0, 1])
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_every_color_type_and_depth(kind, bits, laced):
    codes, palette = codes_of(kind, bits), palette_of(bits)
    extra = chunk(b"PLTE", palette.tobytes()) if kind == PALETTE else b""
    check(png(codes, kind, bits, extra, laced), *shown(codes, kind, bits, palette))


@pytest.mark.parametrize("laced", [0, 1])
def test_odd_sizes(laced):
    for width, height in itertools.product((1, 2, 3, 5, 7, 9, 33), repeat=2):
        for kind, bits in ((GRAY, 1), (GRAY, 4), (RGB, 8), (GRAY_ALPHA, 16)):
            codes = codes_of(kind, bits, height, width)
            check(png(codes, kind, bits, b"", laced), *shown(codes, kind, bits))


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize(("kind", "bits"), [(RGB, 8), (RGB, 16), (RGBA, 8), (RGBA, 16)])
def test_palettes_suggested_for_true_color_are_left_alone(kind, bits, gray):
    codes = codes_of(kind, bits)
    suggested = chunk(b"PLTE", palette_of(4, gray).tobytes())
    suggested += chunk(b"hIST", bytes(32))
    check(png(codes, kind, bits, suggested), *shown(codes, kind, bits))
    named = chunk(b"sPLT", b"six-cube\0\x08" + bytes(6 * 216))
    check(png(codes, kind, bits, named), *shown(codes, kind, bits))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_gray_that_is_clear(bits):
    codes = codes_of(GRAY, bits)
    key = int(codes[3, 5, 0])
    colors, _ = shown(codes, GRAY, bits)
    full = 65535 if bits == 16 else 255
    alpha = np.where(codes[..., 0] == key, 0, full)
    check(png(codes, GRAY, bits, chunk(b"tRNS", struct.pack(">H", key))), colors, alpha)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("gray", [False, True])
def test_palettes_with_alpha_for_some_entries(bits, gray):
    codes, palette = codes_of(PALETTE, bits), palette_of(bits, gray)
    some = np.full(2**bits, 255)
    some[:2] = 0, 100
    extra = chunk(b"PLTE", palette.tobytes()) + chunk(b"tRNS", bytes([0, 100]))
    colors = palette[codes[..., 0]]
    check(png(codes, PALETTE, bits, extra), colors[..., 0] if gray else colors, some[codes[..., 0]])


ANCILLARY = {
    "background": chunk(b"bKGD", struct.pack(">HHH", 1, 2, 3)),
    "gamma": chunk(b"gAMA", struct.pack(">I", 45455)),
    "chromaticities": chunk(b"cHRM", struct.pack(">8I", *range(30_000, 38_000, 1000))),
    "significant bits": chunk(b"sBIT", b"\5\5\5"),
    "time": chunk(b"tIME", struct.pack(">HBBBBB", 2000, 1, 1, 12, 34, 56)),
    "text": chunk(b"tEXt", b"Title\0PngSuite") + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b")),
    "unknown": chunk(b"prVt", b"any") + chunk(b"abCd", b""),
}


@pytest.mark.parametrize("name", ANCILLARY)
def test_chunks_beside_the_picture_change_nothing(name):
    codes = codes_of(RGB, 8)
    check(png(codes, RGB, 8, ANCILLARY[name]), *shown(codes, RGB, 8))


@pytest.mark.parametrize("laced", [0, 1])
def test_data_in_chunks_of_any_size(laced):
    codes = codes_of(RGB, 8)
    whole = png(codes, RGB, 8, b"", laced)
    start = whole.index(b"IDAT") - 4
    (size,) = struct.unpack_from(">I", whole, start)
    body = whole[start + 8 : start + 8 + size]
    for step in (1, 7, 1000):
        parts = [body[at : at + step] for at in range(0, size, step)]
        parts[1:1] = [b"", b""]
        chunks = b"".join(chunk(b"IDAT", part) for part in parts)
        check(whole[:start] + chunks + chunk(b"IEND", b""), *shown(codes, RGB, 8))


@pytest.mark.parametrize("filtered", [8, 16, 32, 64, 128])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_filters_and_levels(filtered, level):
    codes = codes_of(RGB, 8).astype(np.uint8)
    check(imagecodecs.png_encode(codes, level=level, filter=filtered), codes)


def changed(data, place, value, fix=True):
    """With another byte in the header, whose checksum is made right."""
    result = bytearray(data)
    result[place] = value
    if fix:
        struct.pack_into(">I", result, 29, zlib.crc32(result[12:29]))
    return bytes(result)


PLAIN = png(codes_of(RGB, 8), RGB, 8)
WRONG = {
    "carriage returns lost": PLAIN.replace(b"\r\n", b"\n", 1),
    "high bit lost": b"\x09" + PLAIN[1:],
    "color type 1": changed(PLAIN, 25, 1),
    "color type 9": changed(PLAIN, 25, 9),
    "3 bits": changed(PLAIN, 24, 3),
    "99 bits": changed(PLAIN, 24, 99),
    "4 bits of RGB": changed(PLAIN, 24, 4),
    "interlaced by 7": changed(PLAIN, 28, 7),
    "checksum of the header": changed(PLAIN, 19, 31, fix=False),
    "checksum of the data": PLAIN[:-20] + b"????" + PLAIN[-16:],
    "no data": png_by_hand([], (32, 32), 8, 2)[:33] + chunk(b"IEND", b""),
    "palette missing": png(codes_of(PALETTE, 8), PALETTE, 8),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name, capfd):
    with pytest.raises(ImageError):
        images.decode_photo(WRONG[name])
    assert capfd.readouterr() == ("", "")
