"""Damage against answer: what a format lets a decoder notice is an error, trifles are passed."""

import io
import re
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.records.build import build_records
from colorizer_tf.records.options import RecordOptions
from tests.image_files import by_pillow, by_tifffile, chunk, interlaced, png_by_hand
from tests.images.jpeg_files import jpeg_of_flat_blocks

HEIGHT, WIDTH = 192, 256
STRETCH = 900  # bytes: more than a restart interval has
_Y, _X = np.mgrid[0:HEIGHT, 0:WIDTH]
_NOISE = np.random.default_rng(0).integers(-12, 13, (HEIGHT, WIDTH, 3))
PIXELS = (np.dstack([_X // 2 + 60, _Y // 2 + 90, 200 - _X // 2]) + _NOISE).astype(np.uint8)

FILES = {
    "jpeg": by_pillow(PIXELS, "JPEG", quality=90),
    "jpeg restarts": by_pillow(PIXELS, "JPEG", quality=90, restart_marker_rows=1),
    "jpeg progressive": by_pillow(PIXELS, "JPEG", quality=90, progressive=True),
    "jpeg cmyk": by_pillow(Image.fromarray(PIXELS).convert("CMYK"), "JPEG", quality=90),
    "png": by_pillow(PIXELS, "PNG"),
    "png interlaced": png_by_hand(interlaced(PIXELS, 8), (WIDTH, HEIGHT), 8, 2, laced=1),
    "webp": by_pillow(PIXELS, "WEBP", quality=90),
    "webp lossless": by_pillow(PIXELS, "WEBP", lossless=True),
    "gif": by_pillow(Image.fromarray(PIXELS).quantize(), "GIF"),
    "bmp": by_pillow(PIXELS, "BMP"),
    "tga": by_pillow(PIXELS, "TGA"),
    "pnm": by_pillow(PIXELS, "PPM"),
    "avif": by_pillow(PIXELS, "AVIF"),
    "jpeg 2000": by_pillow(PIXELS, "JPEG2000"),
    "jpeg xl": imagecodecs.jpegxl_encode(PIXELS, level=90),
    **{
        f"tiff {name}": by_tifffile(PIXELS, compression=name, rowsperstrip=16)
        for name in ("none", "lzw", "deflate", "packbits", "jpeg", "zstd")
    },
}

# Raw pixels and arithmetic codes without a checksum: any bytes are a picture, no decoder can tell.
SILENT_ABOUT_OVERWRITTEN = {
    *("bmp", "tga", "pnm", "tiff none", "webp", "webp lossless", "avif", "jpeg 2000")
}


def cut(data):
    return data[: len(data) // 2]


def removed(data):
    return data[: len(data) // 2] + data[len(data) // 2 + STRETCH :]


def overwritten(data):
    middle = len(data) // 3
    noise = np.random.default_rng(1).integers(0, 256, STRETCH, dtype=np.uint8).tobytes()
    return data[:middle] + noise + data[middle + STRETCH :]


def zeroed(data):
    middle = len(data) // 3
    return data[:middle] + bytes(STRETCH) + data[middle + STRETCH :]


@pytest.mark.parametrize("damage", [cut, removed, overwritten, zeroed])
@pytest.mark.parametrize("name", FILES)
def test_damage_is_an_error_where_the_format_tells(name, damage, capfd):
    data = damage(FILES[name])
    if damage in (overwritten, zeroed) and name in SILENT_ABOUT_OVERWRITTEN:
        assert images.decode_photo(data).pixels.shape == PIXELS.shape
        return
    for decode in (images.decode_photo, images.decode_image):
        with pytest.raises(ImageError, match=r"damaged|truncated|broken"):
            decode(data)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FILES)
def test_bytes_behind_the_end_do_no_harm(name):
    expected = images.decode_photo(FILES[name]).pixels
    for behind in (b"\0" * 100, b"junk" * 99, FILES["jpeg"]):
        assert (images.decode_photo(FILES[name] + behind).pixels == expected).all()


def with_sizes_of_webp(data):
    """A cut WebP whose headers claim no more than there is."""
    whole = bytearray(data[: len(data) // 4 * 2])
    struct.pack_into("<I", whole, 4, len(whole) - 8)
    struct.pack_into("<I", whole, 16, len(whole) - 20)
    return bytes(whole)


JPEGS = ("jpeg", "jpeg restarts", "jpeg progressive", "jpeg cmyk")
ENDED_PROPERLY = {
    **{name: (FILES[name], lambda part: part + b"\xff\xd9") for name in JPEGS},
    "png": (FILES["png"], lambda part: part[:-300] + chunk(b"IEND", b"")),
    "gif": (FILES["gif"], lambda part: part + b"\0;"),
}


@pytest.mark.parametrize("name", ENDED_PROPERLY)
@pytest.mark.parametrize("share", [0.4, 0.6, 0.8])
def test_cut_files_that_end_properly_are_damaged_still(name, share):
    # As recovery programs leave them.
    data, finish = ENDED_PROPERLY[name]
    with pytest.raises(ImageError, match=r"damaged|truncated|broken"):
        images.decode_photo(finish(data[: int(len(data) * share)]))


@pytest.mark.parametrize("subsampling", [0, 2])
def test_progressive_jpegs_whose_last_scans_are_missing_are_damaged(subsampling):
    data = by_pillow(PIXELS, "JPEG", quality=90, progressive=True, subsampling=subsampling)
    scans = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    assert len(scans) > 5
    images.decode_photo(data)
    for scan in scans[1:]:
        # The tables before a scan are part of what is missing.
        tables = data.rindex(b"\xff\xc4", 0, scan)
        with pytest.raises(ImageError, match="damaged"):
            images.decode_photo(data[:tables] + b"\xff\xd9")


def test_a_cut_webp_with_right_sizes_is_damaged_still():
    for name in ("webp", "webp lossless"):
        with pytest.raises(ImageError):
            images.decode_photo(with_sizes_of_webp(FILES[name]))


def test_a_reduced_jpeg_is_checked_as_well():
    large = by_pillow(np.tile(PIXELS, (8, 8, 1)), "JPEG", quality=90)
    assert min(images.decode_image(large, 64).shape[:2]) < 200
    with pytest.raises(ImageError, match=r"damaged"):
        images.decode_image(large[: len(large) // 2] + b"\xff\xd9", 64)


JPEG = FILES["jpeg"]
SCAN = JPEG.index(b"\xff\xda")
TRIFLES = {
    "fill bytes before a marker": JPEG[:20] + b"\xff\xff\xff" + JPEG[20:],
    "zeros between segments": JPEG[:20] + bytes(7) + JPEG[20:],
    "text between segments": JPEG[:SCAN] + b"stray text" + JPEG[SCAN:],
    "zeros before the end": JPEG[:-2] + bytes(64) + JPEG[-2:],
    "filling before the end": JPEG[:-2] + b"\x2a" * 99 + JPEG[-2:],
    "a few bytes before the end": JPEG[:-2] + b"\1\2\3" + JPEG[-2:],
    "JFIF of the future": JPEG.replace(b"JFIF\0\1\1", b"JFIF\0\x09\x09"),
    "an unknown Adobe transform": JPEG[:20] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x07" + JPEG[20:],
    "an empty segment": JPEG[:20] + b"\xff\xef\0\2" + JPEG[20:],
    "a comment that is no text": JPEG[:20] + b"\xff\xfe\0\6\xff\xd8\xff\xd9" + JPEG[20:],
    "an Adobe transform of four channels": JPEG[:20]
    + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\2"
    + JPEG[20:],
    "a JFIF segment that is cut": JPEG[:2] + b"\xff\xe0\0\7JFIF\0" + JPEG[20:],
    "EXIF that is noise": JPEG[:20] + b"\xff\xe1\0\x10Exif\0\0MM\0*\xff\xff\xff\xff" + JPEG[20:],
    "stray bytes at the start": JPEG[:2] + bytes(9) + JPEG[2:],
    "a second picture": JPEG + JPEG,
}


@pytest.mark.parametrize("name", TRIFLES)
def test_trifles_in_jpegs_are_passed(name):
    expected = images.decode_photo(JPEG).pixels
    assert (images.decode_photo(TRIFLES[name]).pixels == expected).all()


@pytest.mark.parametrize("name", [name for name in TRIFLES if name != "a second picture"])
def test_trifles_hide_no_damage(name):
    data = TRIFLES[name]
    with pytest.raises(ImageError, match=r"damaged|truncated"):
        images.decode_photo(data[: len(data) - len(JPEG) // 3] + b"\xff\xd9")


ODD_SAMPLING = ([(1, 1), (2, 2), (1, 1)], [(2, 2), (2, 1), (1, 2)], [(4, 2), (1, 1), (1, 1)])


@pytest.mark.parametrize("sampling", [*ODD_SAMPLING, [(2, 2), (1, 1), (1, 1)], [(2, 2)]])
def test_colors_subsampled_in_any_way_are_read(sampling):
    data = jpeg_of_flat_blocks((64, 96), sampling)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert (images.decode_photo(data).pixels == expected).all()
    with pytest.raises(ImageError, match="truncated"):
        images.decode_photo(data[:-20])


def test_codes_that_are_left_over_are_damage():
    # Bytes put in: the decoder is done long before the end.
    noise = np.random.default_rng(2).integers(0, 255, 400, dtype=np.uint8).tobytes()
    with pytest.raises(ImageError, match=r"damaged"):
        images.decode_photo(JPEG[:-2] + noise + JPEG[-2:])


@pytest.mark.parametrize("name", ["none", "lzw", "deflate", "packbits", "jpeg"])
def test_strips_of_tiffs_that_are_missing_or_short_are_damage(name):
    data = by_tifffile(PIXELS, compression=name, rowsperstrip=16)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages.first.tags["StripByteCounts"]
    code = {3: "<H", 4: "<I"}[tag.dtype]
    place = tag.valueoffset + 2 * struct.calcsize(code)
    for size in (0, 1, tag.value[2] // 2):
        changed = bytearray(data)
        struct.pack_into(code, changed, place, size)
        with pytest.raises(ImageError, match=r"truncated|damaged|broken"):
            images.decode_photo(bytes(changed))


def test_records_take_no_damaged_photo(tmp_path):
    (tmp_path / "photos").mkdir()
    for name, data in {"whole": JPEG, "half": JPEG[: len(JPEG) // 2] + b"\xff\xd9"}.items():
        (tmp_path / "photos" / f"{name}.jpg").write_bytes(data)
    options = RecordOptions(size=32, valid_fraction=0)
    folder, out = tmp_path / "photos", tmp_path / "out"
    manifest = build_records([folder], out, options, workers=1, progress=False)
    (skip,) = manifest["skipped"]
    assert skip["source"].endswith("half.jpg")
    assert skip["reason"] == "damaged picture (part of its data is missing)"
