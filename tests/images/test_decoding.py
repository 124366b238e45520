"""`decode_photo`: every format and depth, against the picture that an outside library wrote."""

import importlib.util
import io

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.formats import is_heic_sequence, kind_of
from tests.image_files import (
    HEIGHT,
    WIDTH,
    by_pillow,
    by_tifffile,
    clear,
    drawn,
    samples,
)

SAMPLES = {sample.name: sample for sample in samples()}
PNG_16 = SAMPLES["png 16-bit RGB"].data
JPEG = SAMPLES["jpeg"].data


@pytest.mark.parametrize("name", SAMPLES)
def test_each_format_gives_its_picture_at_its_depth(name):
    sample = SAMPLES[name]
    photo = images.decode_photo(sample.data)
    assert (photo.format, photo.pixels.dtype) == (sample.format, sample.pixels.dtype)
    assert photo.pixels.shape == sample.pixels.shape == (HEIGHT, WIDTH, *sample.pixels.shape[2:])
    assert photo.pixels.flags.c_contiguous
    assert images.photo_size(sample.data) == (HEIGHT, WIDTH)
    code = 257 if photo.pixels.dtype == np.uint16 else 1
    assert (photo.alpha is None) == (sample.alpha is None)
    seen = np.full((HEIGHT, WIDTH), True)
    if photo.alpha is not None:
        assert photo.alpha.dtype == photo.pixels.dtype
        assert np.abs(photo.alpha.astype(float) - sample.alpha).max() <= sample.tolerance * code
        seen = photo.alpha > 0
    off = np.abs(photo.pixels.astype(float) - sample.pixels)[seen]
    assert off.max() <= sample.tolerance * code


def test_decoding_says_nothing_on_the_terminal(capfd):
    for sample in SAMPLES.values():
        images.decode_photo(sample.data)
    assert capfd.readouterr() == ("", "")


TURNS = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: np.swapaxes(stored, 0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.swapaxes(np.rot90(stored, 2), 0, 1),
    8: lambda stored: np.rot90(stored, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "TIFF 16"])
@pytest.mark.parametrize("orientation", TURNS)
def test_photos_stand_upright_with_their_alpha_and_resolution(kind, orientation):
    rgba = np.dstack([drawn(), clear()])
    exif = Image.Exif()
    exif[0x0112], exif[0x011A], exif[0x011B], exif[0x0128] = orientation, 300.0, 150.0, 2
    if kind == "TIFF 16":
        rgba = rgba.astype(np.uint16) * 257
        tag = (274, "H", 1, orientation, True)
        data = by_tifffile(
            rgba,
            photometric="rgb",
            extrasamples=["unassalpha"],
            extratags=[tag],
            resolution=(300, 150),
            resolutionunit="inch",
        )
    else:
        options = {"WEBP": {"lossless": True, "exact": True}}.get(kind, {})
        data = by_pillow(rgba, kind, exif=exif, **options)
    photo = images.decode_photo(data)
    assert (photo.pixels == TURNS[orientation](rgba[..., :3])).all()
    assert (photo.alpha == TURNS[orientation](rgba[..., 3])).all()
    assert images.photo_size(data) == photo.pixels.shape[:2]
    expected = (300, 150) if orientation < 5 else (150, 300)
    assert np.allclose(photo.metadata.dpi, expected)


def test_orientation_in_xmp_counts_where_exif_has_none():
    xmp = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    photo = images.decode_photo(by_pillow(drawn(), "WEBP", lossless=True, xmp=xmp))
    assert (photo.pixels == np.rot90(drawn(), -1)).all()


def test_the_fast_jpeg_decoder_gives_what_pillow_gives():
    for name in ("jpeg", "jpeg progressive", "jpeg 4:2:0", "jpeg gray", "jpeg with restarts"):
        data = SAMPLES[name].data
        expected = np.asarray(Image.open(io.BytesIO(data)))
        assert (images.decode_photo(data).pixels == expected).all()


def test_more_pictures_after_the_first_are_let_be():
    # As phones write them: a JPEG in multi-picture format.
    frames = [Image.fromarray(drawn()), Image.fromarray(255 - drawn())]
    data = by_pillow(frames[0], "MPO", save_all=True, append_images=frames[1:], quality=95)
    photo = images.decode_photo(data)
    assert photo.format == "jpeg"
    assert np.abs(photo.pixels.astype(int) - drawn()).max() <= 12


def test_heic_needs_its_extra_or_reads():
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    if importlib.util.find_spec("pillow_heif") is None:
        for decode in (images.decode_photo, images.photo_size):
            with pytest.raises(ImageError, match=r"pip install .*colorizer-tf\[heic\]"):
                decode(head + bytes(100))
        return
    import pillow_heif

    exif = Image.Exif()
    exif[0x0112] = 6
    for bits, mode in ((8, "RGB"), (10, "RGB;16")):
        pixels = drawn() if bits == 8 else drawn(16)
        buffer = io.BytesIO()
        file = pillow_heif.from_bytes(mode=mode, size=(WIDTH, HEIGHT), data=pixels.tobytes())
        file.save(buffer, quality=-1, chroma=444, exif=exif.tobytes())
        photo = images.decode_photo(buffer.getvalue())
        assert (photo.format, photo.pixels.dtype) == ("heic", pixels.dtype)
        assert images.photo_size(buffer.getvalue()) == photo.pixels.shape[:2] == (WIDTH, HEIGHT)
        off = np.abs(photo.pixels.astype(float) - np.rot90(pixels, -1))
        assert off.max() <= (4 if bits == 8 else 4 * 257)


def test_pixels_of_opencv_s_16_bit_files_come_back():
    wide = drawn(16)
    ok, data = cv2.imencode(".tiff", wide[..., ::-1])
    assert ok
    assert (images.decode_photo(data.tobytes()).pixels == wide).all()


def test_frames_after_the_first_are_named_as_lost():
    frames = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), np.uint8)
    moving, still = (imagecodecs.jpegxl_encode(each) for each in (frames, frames[0]))
    assert images.decode_photo(moving).dropped == ("later frames",)
    assert images.decode_photo(still).dropped == ()


@pytest.mark.parametrize(
    ("brands", "is_sequence"), [(b"heicmif1", False), (b"heicmif1msf1", True), (b"hevcmsf1", True)]
)
def test_heic_sequences_are_told_by_their_brands(brands, is_sequence):
    head = (16 + len(brands[4:])).to_bytes(4, "big") + b"ftyp" + brands[:4] + bytes(4) + brands[4:]
    assert kind_of(head) == "heic"
    assert is_heic_sequence(head) is is_sequence
