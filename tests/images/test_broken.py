"""Files that are broken, cut, swollen or not what they claim: a photo or a reason."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from tests.image_files import (
    HEIGHT,
    by_pillow,
    by_tifffile,
    chunk,
    drawn,
    png_by_hand,
    samples,
)

SAMPLES = {sample.name: sample for sample in samples()}
PNG_16 = SAMPLES["png 16-bit RGB"].data


def bomb():
    return zlib.compress(bytes(64 * 2**20), 9)


BAD_BLOCKS = {
    "swollen profile": chunk(b"iCCP", b"p\0\0" + bomb()),
    "swollen text": chunk(b"zTXt", b"Comment\0\0" + bomb()),
    "swollen XMP": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb()),
    "broken EXIF": chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff garbage"),
    "wrong checksum": chunk(b"tEXt", b"Title\0x")[:-1] + b"?",
    "profile without end": chunk(b"iCCP", b"no null here"),
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_a_bad_block_does_not_spoil_the_picture(name):
    data = PNG_16[:33] + BAD_BLOCKS[name] + PNG_16[33:]
    tracemalloc.start()
    photo = images.decode_photo(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (photo.pixels == drawn(16)).all()
    assert peak < 32 * 2**20
    images.encode_photo(photo.pixels, "png", like=photo, quality=90, made_by="m")


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" * 9]
)
def test_bad_exif_does_not_spoil_a_jpeg(exif):
    xmp = b"<x:xmpmeta><not closed"
    data = by_pillow(drawn(), "JPEG", quality=95, exif=exif, xmp=xmp, icc_profile=b"bad")
    assert np.abs(images.decode_photo(data).pixels.astype(int) - drawn()).max() <= 12


@pytest.mark.parametrize("per_metre", [0, 1, 2**31 - 1, 2**32 - 1])
def test_absurd_resolutions_are_left_behind(per_metre):
    resolution = chunk(b"pHYs", struct.pack(">IIB", 11811, per_metre, 1))
    photo = images.decode_photo(PNG_16[:33] + resolution + PNG_16[33:])
    assert (photo.metadata.dpi is None) == (per_metre != 1)
    for name in ("jpeg", "png", "webp", "tiff"):
        images.encode_photo(photo.pixels, name, like=photo, quality=90, made_by="m")


def cut(name, share):
    data = SAMPLES[name].data
    return data[: int(len(data) * share)]


BROKEN = {
    "empty": (b"", "empty file"),
    "text": (b"hello" * 100, "not a picture"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    "bare png": (PNG_16[:20], "truncated"),
    "bare tiff": (b"II*\0\x08\0\0\0", ""),
    "png bomb": (png_by_hand([b"\0"], (60_000, 60_000), 16, 2), "more than [0-9]+ pixels"),
    "no pixels": (png_by_hand([b"\0"], (0, 7), 8, 2), "without pixels"),
}
# Of two pages or frames the first may be whole in less.
BROKEN |= {f"cut {name}": (cut(name, 0.4 if "two" in name else 0.6), "") for name in SAMPLES}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_have_a_reason(name):
    data, reason = BROKEN[name]
    with pytest.raises(ImageError, match=reason or None) as caught:
        images.decode_photo(data)
    assert len(str(caught.value)) < 80
    assert "0x" not in str(caught.value)


def test_a_jpeg_that_ends_early_is_refused_wherever_it_ends():
    for share in np.linspace(0.3, 0.999, 30):
        for name in ("jpeg", "jpeg gray", "jpeg progressive", "jpeg CMYK"):
            with pytest.raises(ImageError):
                images.decode_photo(cut(name, share))


@pytest.mark.parametrize("bits", [8, 16])
def test_sizes_are_checked_before_memory_is_taken(bits):
    # 1 x 1 pixel in truth: the header alone claims the rest.
    data = bytearray(by_tifffile(np.zeros((1, 1), f"u{bits // 8}")))
    for tag in (256, 257):
        place = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
        struct.pack_into("<I", data, place, 60_000)
    for decode in (images.decode_photo, images.photo_size):
        with pytest.raises(ImageError, match="more than"):
            decode(bytes(data))


@pytest.mark.parametrize("bits", [8, 16])
def test_rows_that_no_strip_holds_are_missed(bits):
    data = bytearray(by_tifffile(drawn(bits), photometric="rgb"))
    place = data.index(struct.pack("<HHI", 257, 4, 1)) + 8
    assert images.decode_photo(bytes(data)).pixels.shape[0] == HEIGHT
    struct.pack_into("<I", data, place, HEIGHT + 1)
    with pytest.raises(ImageError, match="truncated"):
        images.decode_photo(bytes(data))


def test_floats_beyond_1_are_refused():
    for pixels in (drawn() / 100.0, np.full((4, 4, 3), np.nan)):
        with pytest.raises(ImageError, match="outside of 0 to 1"):
            images.decode_photo(by_tifffile(pixels.astype(np.float32), photometric="rgb"))


def test_raw_files_of_cameras_are_refused_rather_than_their_previews_taken():
    dng = by_tifffile(drawn(), photometric="rgb", extratags=[(50706, "B", 4, (1, 4, 0, 0), True)])
    with pytest.raises(ImageError, match="raw file"):
        images.decode_photo(dng)


def test_damage_anywhere_gives_a_photo_or_a_reason(rng):
    for sample in SAMPLES.values():
        for _ in range(15):
            damaged = bytearray(sample.data)
            for place in rng.integers(0, len(damaged), 3):
                damaged[place] = rng.integers(256)
            try:
                photo = images.decode_photo(bytes(damaged))
            except ImageError:
                continue
            assert photo.pixels.ndim in (2, 3)


@pytest.mark.parametrize("dtype", ["uint32", "int32"])
def test_32_bits_are_refused_however_small_their_values(dtype):
    with pytest.raises(ImageError, match="more than 16 bits"):
        images.decode_photo(by_tifffile(np.full((8, 9), 200, dtype)))
