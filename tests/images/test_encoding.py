"""`encode_photo`: the pixels that other libraries read in the files that it writes."""

import cv2
import imagecodecs
import numpy as np
import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError, UsageError
from tests.image_files import clear, drawn
from tests.images.written import FORMATS, encoded, opened, read_elsewhere


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_pixels_and_alpha_arrive(format_name, bits, alpha):
    pixels = drawn(bits)
    like = images.Photo(pixels, clear(bits) if alpha else None, "png")
    data = encoded(pixels, format_name, like)
    read = read_elsewhere(data)
    assert opened(data).format.lower() == format_name
    if format_name in ("png", "tiff"):
        assert read.dtype == pixels.dtype
        assert (read[..., :3] == pixels).all()
    else:
        expected = pixels / (1 if bits == 8 else 257)
        if format_name == "jpeg" and alpha:
            share = clear()[..., None] / 255
            expected = expected * share + 255 * (1 - share)
        seen = clear() > (0 if format_name == "webp" and alpha else -1)
        assert np.abs(read[..., :3] - expected)[seen].max() <= 10
    if alpha and format_name != "jpeg":
        code = 1 if read.dtype == pixels.dtype else 257
        assert np.abs(read[..., 3] - clear(bits) / code).max() <= 0.5
    else:
        assert read.shape[2] == 3


def test_opencv_and_pillow_read_the_tiffs_too():
    for bits in (8, 16):
        data = np.frombuffer(encoded(drawn(bits), "tiff"), np.uint8)
        assert (cv2.imdecode(data, cv2.IMREAD_UNCHANGED)[..., ::-1] == drawn(bits)).all()
    assert (np.asarray(opened(encoded(drawn(), "tiff"))) == drawn()).all()


def test_16_bits_become_the_nearest_8():
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    data = encoded(np.dstack([every] * 3), "webp", quality=100)
    # By way of a format that loses nothing, were the depth kept: JPEG of flat blocks.
    blocks = np.dstack([every.repeat(8, 0).repeat(8, 1)] * 3)
    gray = read_elsewhere(encoded(blocks, "jpeg", quality=100))[3::8, 3::8, 1]
    assert np.abs(gray - every / 257.0).max() <= 1.5
    assert read_elsewhere(data).shape == (256, 256, 3)


def test_color_is_not_subsampled_in_jpegs():
    assert opened(encoded(drawn(), "jpeg")).layer == [(1, 1, 1, 0), (2, 1, 1, 1), (3, 1, 1, 1)]


def test_quality_counts():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for format_name in ("jpeg", "webp"):
        assert len(encoded(noise, format_name, quality=30)) < 0.8 * len(encoded(noise, format_name))


def test_too_long_sides_are_refused_with_what_helps():
    for format_name, side in (("webp", 16_384), ("jpeg", 65_501)):
        with pytest.raises(ImageError, match="--format png"):
            encoded(np.zeros((1, side, 3), np.uint8), format_name)
        fits = encoded(np.zeros((side - 1, 1, 3), np.uint8), format_name)
        assert images.photo_size(fits) == (side - 1, 1)


def test_thin_and_tiny_pictures():
    for shape in ((1, 1, 3), (1, 20_000, 3), (20_000, 1, 3)):
        for format_name in ("jpeg", "png", "tiff"):
            photo = images.decode_photo(encoded(np.full(shape, 77, np.uint8), format_name))
            assert photo.pixels.shape == shape
            assert (photo.pixels == 77).all()


def test_output_formats_and_their_suffixes():
    assert images.output_format("jpeg", "same") == "jpeg"
    assert {images.output_format(each, "same") for each in ("gif", "bmp", "heic", "avif")} == {
        "png"
    }
    assert images.output_format("gif", "tiff") == "tiff"
    with pytest.raises(UsageError, match="received 'gif', expected same, jpeg"):
        images.output_format("jpeg", "gif")
    assert [images.suffix_of(each) for each in FORMATS] == [".jpg", ".png", ".webp", ".tif"]


def test_encode_png_holds_the_very_pixels():
    for bits in (8, 16):
        assert (imagecodecs.png_decode(images.encode_png(drawn(bits))) == drawn(bits)).all()
