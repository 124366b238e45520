"""`decode_image`: image files as 8-bit RGB, against the picture they were drawn from."""

import concurrent.futures
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from tests.image_files import ADOBE, by_pillow, drawn, png_by_hand, profile_of

PLAIN = Image.fromarray(drawn())

# name: (file, what it shows, how far off a lossy format may be)
FORMATS = {
    "jpeg": (by_pillow(PLAIN, "JPEG", quality=95), PLAIN, 12),
    "progressive jpeg": (by_pillow(PLAIN, "JPEG", quality=95, progressive=True), PLAIN, 12),
    "gray jpeg": (by_pillow(PLAIN.convert("L"), "JPEG", quality=95), PLAIN.convert("L"), 6),
    "cmyk jpeg": (by_pillow(PLAIN.convert("CMYK"), "JPEG", quality=95), PLAIN, 12),
    "png": (by_pillow(PLAIN, "PNG"), PLAIN, 0),
    "1-bit png": (by_pillow(PLAIN.convert("1"), "PNG"), PLAIN.convert("1"), 0),
    "palette png": (by_pillow(PLAIN.quantize(256), "PNG"), PLAIN.quantize(256), 0),
    "webp": (by_pillow(PLAIN, "WEBP", lossless=True), PLAIN, 0),
    "lossy webp": (by_pillow(PLAIN, "WEBP", quality=95), PLAIN, 16),
    "bmp": (by_pillow(PLAIN, "BMP"), PLAIN, 0),
    "tiff": (by_pillow(PLAIN, "TIFF", compression="tiff_lzw"), PLAIN, 0),
    "gif": (by_pillow(PLAIN.quantize(256), "GIF"), PLAIN.quantize(256), 0),
    "avif": (by_pillow(PLAIN, "AVIF", quality=95), PLAIN, 16),
    "jpeg 2000": (by_pillow(PLAIN, "JPEG2000"), PLAIN, 2),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_give_the_picture(name):
    data, picture, tolerance = FORMATS[name]
    rgb = images.decode_image(data)
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - np.asarray(picture.convert("RGB"))).max() <= tolerance


@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_become_8(kind, channels):
    # Written by OpenCV: Pillow cannot write 16 bits in color.
    wide = (np.linspace(0, 65535, 48 * 64 * channels).reshape(48, 64, channels)).astype("uint16")
    ok, data = cv2.imencode(f".{kind}", wide[..., ::-1] if channels == 3 else wide)
    assert ok
    rgb = images.decode_image(data.tobytes())
    assert np.abs(rgb - np.broadcast_to(wide / 257.0, rgb.shape)).max() <= 1.0


def test_floats_beyond_1_are_refused_and_within_it_taken():
    levels = np.linspace(0, 1, 64, dtype="float32").reshape(8, 8)
    rgb = images.decode_image(by_pillow(Image.fromarray(levels), "TIFF"))
    assert np.abs(rgb[..., 1] - levels * 255).max() <= 0.5
    with pytest.raises(ImageError, match="outside of 0 to 1"):
        images.decode_image(by_pillow(Image.fromarray(levels * 3), "TIFF"))


TURNS = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).transpose(1, 0, 2),
    8: lambda stored: np.rot90(stored, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_pictures_stand_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 98, "subsampling": 0}}.get(kind, {})
    rgb = images.decode_image(by_pillow(PLAIN, kind, exif=exif, **options))
    expected = TURNS[orientation](drawn())
    assert rgb.shape == expected.shape
    assert np.abs(rgb.astype(int) - expected).max() <= (0 if kind != "JPEG" else 6)


def test_transparent_parts_lie_on_white():
    rgba = np.dstack([drawn(), np.full((48, 64), 255, np.uint8)])
    rgba[:, :20, 3], rgba[:, 20:40, 3] = 0, 128
    rgb = images.decode_image(by_pillow(rgba, "PNG")).astype(int)
    assert (rgb[:, :20] == 255).all()
    assert np.abs(rgb[:, 20:40] - (drawn()[:, 20:40] * 128.0 + 255 * 127) / 255).max() <= 1
    assert (rgb[:, 40:] == drawn()[:, 40:]).all()


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_palette_entries_lie_on_white(kind):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((0, 0), 0)
    rgb = images.decode_image(by_pillow(image, kind, transparency=0))
    assert rgb[0, 0].tolist() == [255, 255, 255]
    assert rgb[1, 1].tolist() == [200, 100, 50]


def test_gray_with_alpha():
    la = Image.merge("LA", [Image.new("L", (4, 4), 100), Image.new("L", (4, 4), 0)])
    assert (images.decode_image(by_pillow(la, "PNG")) == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (8, 8), color) for color in ((250, 0, 0), (0, 250, 0))]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    data = by_pillow(frames[0], kind, save_all=True, append_images=frames[1:], **lossless)
    assert images.decode_image(data)[4, 4].tolist() == [250, 0, 0]


def test_color_profiles_are_converted_to_srgb():
    patches = np.array([[[128, 128, 128], [180, 120, 90], [90, 120, 60]]], np.uint8).repeat(8, 0)
    rgb = images.decode_image(by_pillow(patches, "PNG", icc_profile=profile_of(ADOBE)))
    # By hand: Adobe RGB to linear light, to XYZ (D65), to sRGB (IEC 61966-2-1).
    to_xyz = np.array(
        [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    )
    from_xyz = np.array(
        [[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156], [0.05563, -0.20398, 1.05697]]
    )
    linear = (patches / 255.0) ** 2.2 @ to_xyz.T @ from_xyz.T
    expected = np.clip(1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055, 0, 1) * 255
    assert np.abs(rgb - expected).max() <= 2


def test_srgb_profiles_change_nothing_and_broken_ones_are_ignored():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile", profile_of(ADOBE)[:200]):
        data = by_pillow(PLAIN, "PNG", icc_profile=profile)
        assert (images.decode_image(data) == drawn()).all()


def test_a_profile_of_other_channels_is_ignored():
    gray = PLAIN.convert("L")
    rgb = images.decode_image(by_pillow(gray, "PNG", icc_profile=profile_of(ADOBE)))
    assert np.ptp(rgb.astype(int), axis=-1).max() <= 1


def test_large_jpegs_decode_small_and_look_alike():
    large = cv2.resize(drawn(), (1600, 1200), interpolation=cv2.INTER_CUBIC)
    data = by_pillow(large, "JPEG", quality=95)
    reduced = images.decode_image(data, 128)
    assert 256 <= min(reduced.shape[:2]) < 512
    full = cv2.resize(images.decode_image(data), (128, 96), interpolation=cv2.INTER_AREA)
    small = cv2.resize(reduced, (128, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(full.astype(int) - small).max() <= 3
    assert images.decode_image(data, 601).shape == large.shape


def png_of_size(width, height):
    return png_by_hand([b"\0" * 1000], (width, height), 8, 2)


JPEG = FORMATS["jpeg"][0]
BROKEN = {
    "empty": (b"", "empty file"),
    "text": (b"hello" * 100, "not a picture"),
    "html": (b"<!DOCTYPE html><html></html>", "not a picture"),
    "header only": (JPEG[:20], ""),
    "cut jpeg": (JPEG[: len(JPEG) // 2], "truncated"),
    "cut png": (FORMATS["png"][0][:-200], "truncated"),
    "cut webp": (FORMATS["webp"][0][:-200], ""),
    "cut gif": (FORMATS["gif"][0][:-200], ""),
    "bomb": (png_of_size(60_000, 60_000), "more than [0-9]+ pixels"),
    "rows missing": (png_of_size(2000, 2000), ""),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_have_a_reason(name):
    data, reason = BROKEN[name]
    with pytest.raises(ImageError, match=reason or None) as caught:
        images.decode_image(data)
    assert "0x" not in str(caught.value)
    assert "/" not in str(caught.value)


def test_damage_anywhere_gives_a_picture_or_a_reason(rng):
    for data, _, _ in FORMATS.values():
        for _ in range(30):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), 5):
                damaged[place] = rng.integers(256)
            try:
                rgb = images.decode_image(bytes(damaged))
            except ImageError:
                continue
            assert rgb.ndim == 3


def test_pictures_over_pillow_s_soft_limit_pass_without_a_warning(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 48 * 64 - 1)
    before = list(warnings.filters)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        shapes = {rgb.shape for rgb in pool.map(images.decode_image, [JPEG] * 40)}
    assert shapes == {(48, 64, 3)}
    assert warnings.filters == before
