"""Formats of libraries and archives, and the kinds of files that are named instead of read."""

import itertools

import imagecodecs
import numpy as np
import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from tests.image_files import by_pillow, drawn, pnm, psd


def test_sizes_of_jpeg_xl_are_read_from_its_header():
    sides = (1, 7, 8, 16, 100, 256, 257, 600, 9000)
    for height, width in itertools.product(sides, sides):
        if height * width <= 2**20:
            data = imagecodecs.jpegxl_encode(np.zeros((height, width, 3), np.uint8), effort=1)
            assert images.photo_size(data) == (height, width)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("mode", ["gray", "gray+alpha", "RGB", "RGBA"])
@pytest.mark.parametrize("container", [False, True])
def test_jpeg_xl_of_every_mode(depth, mode, container):
    rgb = drawn(depth)
    samples = {"gray": rgb[..., 1], "gray+alpha": rgb[..., :2], "RGB": rgb}.get(mode)
    if samples is None:
        samples = np.dstack([rgb, rgb[..., 0]])
    samples = np.ascontiguousarray(samples)
    data = imagecodecs.jpegxl_encode(samples, lossless=True, usecontainer=container)
    photo = images.decode_photo(data)
    colors = rgb if mode.startswith("RGB") else samples if samples.ndim == 2 else samples[..., 0]
    assert (photo.pixels == colors).all()
    assert (photo.alpha is None) == ("alpha" not in mode and mode != "RGBA")
    if photo.alpha is not None:
        assert (photo.alpha == samples[..., -1]).all()


def test_a_jpeg_within_jpeg_xl_is_that_jpeg():
    jpeg = by_pillow(drawn(), "JPEG", quality=90)
    data = imagecodecs.jpegxl_encode_jpeg(jpeg)
    assert (images.decode_photo(data).pixels == images.decode_photo(jpeg).pixels).all()
    assert images.decode_photo(data).format == "jpegxl"


@pytest.mark.parametrize("highest", [1, 15, 100, 255, 256, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", ["P2", "P3", "P5", "P6"])
def test_pnm_of_any_highest_value(kind, highest):
    rng = np.random.default_rng(highest)
    shape = (5, 9, 3) if kind in ("P3", "P6") else (5, 9)
    codes = rng.integers(0, highest + 1, shape)
    pixels = images.decode_photo(pnm(codes, highest, kind)).pixels
    assert pixels.shape == shape
    full = np.iinfo(pixels.dtype).max
    assert np.abs(pixels / full - codes / highest).max() <= 0.5 / 255
    if highest > 255 and kind in ("P5", "P6"):
        assert pixels.dtype == np.uint16
        assert np.abs(pixels / full - codes / highest).max() <= 1 / 65535


def test_cut_pnm_and_psd_are_refused():
    for data in (pnm(drawn(16), 65535, "P6"), pnm(drawn(), 255, "P6"), psd(drawn(), 3)):
        with pytest.raises(ImageError):
            images.decode_photo(data[:-20])


@pytest.mark.parametrize(
    "suffix", [".jp2", ".j2k", ".jpf", ".jxl", ".ppm", ".tga", ".psd", ".heic"]
)
def test_their_endings_are_looked_for(suffix):
    assert suffix in images.IMAGE_SUFFIXES
    assert not images.unread_kind(f"photo{suffix}")


NAMES = {
    "DSC_0001.NEF": "camera raw files",
    "scan.dng": "camera raw files",
    "clip.MP4": "films",
    "paper.pdf": "PDFs",
    "plan.svg": "drawings and layouts",
    "light.exr": "pictures of other kinds",
    "notes.txt": "text files",
    "README": "other files",
    "photo.jpg.exe": "other files",
    "archive.tar.gz": "archives",
    "song.mp3": "sound files",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_read_has_a_kind_by_its_name(name):
    assert images.unread_kind(name) == NAMES[name]


def test_noise_is_no_picture():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        data = rng.integers(0, 256, 300, dtype=np.uint8).tobytes()
        with pytest.raises(ImageError):
            images.decode_photo(data)
