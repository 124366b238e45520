"""Color profiles, against the formulas of the standards."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import ImageCms
from skimage import color

from colorizer_tf import images
from tests.image_files import (
    ADOBE,
    HEIGHT,
    SRGB,
    WIDTH,
    by_pillow,
    by_tifffile,
    chunk,
    drawn,
    packed,
    png_by_hand,
    profile_of,
)


def adobe_to_srgb(unit):
    """By hand: Adobe RGB to linear light, to XYZ (D65), to sRGB (IEC 61966-2-1)."""
    to_xyz = np.array(
        [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    )
    from_xyz = np.array(
        [[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156], [0.05563, -0.20398, 1.05697]]
    )
    return encoded_light(np.clip(unit ** (563 / 256) @ to_xyz.T @ from_xyz.T, 0, 1))


def encoded_light(linear):
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )


def muted(bits):
    """Colors that are in sRGB too, in many mixtures."""
    rng = np.random.default_rng(0)
    unit = 0.5 + (rng.random((HEIGHT, WIDTH, 3)) - 0.5) * 0.3 + rng.random((HEIGHT, WIDTH, 1)) * 0.2
    return np.rint(unit * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_color_profiles_are_converted_to_srgb(bits, kind):
    pixels, profile = muted(bits), profile_of(ADOBE, 563 / 256)
    if kind == "png":
        iccp = chunk(b"iCCP", b"drawn\0\0" + zlib.compress(profile))
        data = png_by_hand(packed(pixels, bits), (WIDTH, HEIGHT), bits, 2, iccp)
    else:
        data = by_tifffile(pixels, photometric="rgb", iccprofile=profile)
    got = images.decode_photo(data).pixels / (2**bits - 1)
    expected = adobe_to_srgb(pixels / (2**bits - 1))
    off = np.abs(color.rgb2lab(got)[..., 0] - color.rgb2lab(expected)[..., 0])
    # Half a code of 8 bits is 0.2 L*; of 16 bits a thousandth of that.
    assert off.max() <= (0.4 if bits == 8 else 0.03)
    assert np.abs(got - expected).max() <= (1.0 / 255 if bits == 8 else 0.0005)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("profile", [profile_of(None, 1.5), profile_of(ADOBE, 1.5)])
def test_gray_stays_gray_under_gray_profiles_and_under_those_of_rgb(bits, profile):
    ramp = np.linspace(0, 2**bits - 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    pixels = np.rint(ramp).astype(np.uint8 if bits == 8 else np.uint16)
    data = by_tifffile(pixels, iccprofile=profile)
    got = images.decode_photo(data).pixels
    assert got.shape == pixels.shape
    expected = encoded_light((pixels / (2**bits - 1)) ** 1.5) * (2**bits - 1)
    assert np.abs(got - expected).max() <= (0.6 if bits == 8 else 8)


def with_profile_box(jp2, profile):
    """A JP2 file with another `colr` box (ISO/IEC 15444-1, I.5.3.3)."""
    at, head = jp2.index(b"colr") - 4, jp2.index(b"jp2h") - 4
    (old,), (size,) = struct.unpack_from(">I", jp2, at), struct.unpack_from(">I", jp2, head)
    box = struct.pack(">I", 11 + len(profile)) + b"colr\2\0\0" + profile
    whole = bytearray(jp2[:at] + box + jp2[at + old :])
    struct.pack_into(">I", whole, head, size - old + len(box))
    return bytes(whole)


@pytest.mark.parametrize("bits", [8, 16])
def test_profiles_of_jpeg_2000_are_converted_once(bits):
    pixels = muted(bits)
    jp2 = imagecodecs.jpeg2k_encode(pixels, bitspersample=bits, level=0, reversible=True)
    got = images.decode_photo(with_profile_box(jp2, profile_of(ADOBE, 563 / 256))).pixels
    expected = adobe_to_srgb(pixels / (2**bits - 1)) * (2**bits - 1)
    assert np.abs(got - expected).max() <= (1 if bits == 8 else 32)


def test_srgb_profiles_change_nothing_and_broken_ones_are_left_behind():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (srgb, lab, b"not a profile", profile_of(ADOBE)[:200], profile_of(None)):
        for data in (
            by_pillow(drawn(), "PNG", icc_profile=profile),
            by_tifffile(drawn(16), photometric="rgb", iccprofile=profile),
        ):
            photo = images.decode_photo(data)
            assert (photo.pixels == drawn(8 * photo.pixels.itemsize)).all()


NAMES = ("GIMP built-in Linear sRGB", "sRGB IEC61966-2.1", "Linear Rec709", "anything", "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("primaries", [SRGB, None])
@pytest.mark.parametrize("bits", [8, 16])
def test_curves_decide_and_never_names(name, primaries, bits):
    profile = profile_of(primaries, 1.0, name)
    pixels = drawn(bits) if primaries else drawn(bits)[..., 1]
    photometric = "rgb" if primaries else "minisblack"
    for decode in (lambda data: images.decode_photo(data).pixels, images.decode_image):
        got = decode(by_tifffile(pixels, photometric=photometric, iccprofile=profile))
        wide = np.dstack([pixels] * 3) if got.ndim > pixels.ndim else pixels
        expected = encoded_light(wide / (2**bits - 1))
        # Of 8 bits linear ones leave the shadows few codes, and the decoder rounds on the way.
        off = np.abs(got / np.iinfo(got.dtype).max - expected)
        assert off.max() <= (2 / 255 if got.dtype == np.uint8 else 0.002)


@pytest.mark.parametrize("name", NAMES)
def test_primaries_decide_and_never_names(name):
    pixels = muted(8)
    profile = profile_of(ADOBE, 563 / 256, name)
    got = images.decode_photo(by_pillow(pixels, "PNG", icc_profile=profile)).pixels
    assert np.abs(got / 255 - adobe_to_srgb(pixels / 255)).max() <= 1 / 255


@pytest.mark.parametrize("name", ["not what it is", "sRGB"])
def test_profiles_of_srgb_s_colors_under_any_name_change_nothing(name):
    plain = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    wide = "sRGB built-in".encode("utf-16-be")
    assert wide in plain
    plain[plain.index(wide) : plain.index(wide) + len(wide)] = name.ljust(len(wide) // 2)[
        : len(wide) // 2
    ].encode("utf-16-be")
    data = by_pillow(drawn(), "JPEG", quality=95, icc_profile=bytes(plain))
    bare = by_pillow(drawn(), "JPEG", quality=95)
    assert (images.decode_photo(data).pixels == images.decode_photo(bare).pixels).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_training_and_inference_see_the_same_colors(kind):
    data = by_pillow(muted(8), kind, icc_profile=profile_of(ADOBE, 563 / 256))
    assert (images.decode_image(data) == images.decode_photo(data).pixels).all()
