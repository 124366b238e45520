"""TIFF files of every kind, against the samples that were written and against libvips."""

import io
import itertools

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import color

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from tests.image_files import by_pillow, by_tifffile, drawn
from tests.images.tiff_files import (
    CHANNELS,
    CMYK,
    COMPRESSIONS,
    FLOAT,
    GRAY,
    GRAY_WHITE_0,
    LAB,
    PALETTE,
    RGB,
    SIGNED,
    Layout,
    lightness_by_libvips,
    tiff_by_hand,
)

HEIGHT, WIDTH = 11, 19
_ASSOCIATED, _UNASSOCIATED = 1, 2
DEPTHS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16)


def layouts(photometric, bits):
    """Every way in which samples of a kind and depth can lie in a file."""
    alphas = (None,) if photometric == PALETTE else (None, 0, _ASSOCIATED, _UNASSOCIATED)
    for planar, compression, order, alpha, big in itertools.product(
        (False, True), COMPRESSIONS, "<>", alphas, (False, True)
    ):
        if big and compression != 5:
            continue
        yield Layout(photometric, bits, 1, planar, compression, order, alpha, big)


def drawn_samples(layout):
    """Samples of any value, alpha never below a quarter, and the shares they stand for."""
    rng = np.random.default_rng(layout.bits)
    highest = 2**layout.bits - 1
    channels = CHANNELS[layout.photometric]
    samples = rng.integers(0, highest + 1, (HEIGHT, WIDTH, channels + (layout.alpha is not None)))
    if layout.photometric == LAB:  # colors of sRGB: what lies outside is clipped
        samples[..., 0] = rng.integers(highest // 3, highest * 2 // 3, (HEIGHT, WIDTH))
        samples[..., 1:3] = rng.integers(-highest // 30, highest // 30, (HEIGHT, WIDTH, 2))
        samples[..., 1:3] %= highest + 1
    if layout.alpha is not None:
        samples[..., -1] = rng.integers(highest // 2 + 1, highest + 1, (HEIGHT, WIDTH))
    return samples


def expected_lightness(samples, layout, colormap):
    """L* of what the samples mean, by TIFF 6.0 and scikit-image."""
    highest = 2**layout.bits - 1
    channels = CHANNELS[layout.photometric]
    if layout.photometric == LAB:
        return samples[..., 0] * (100 / highest)
    if layout.photometric == PALETTE:
        rgb = np.moveaxis(colormap[:, samples[..., 0]] >> 8, 0, -1) / 255
        return color.rgb2lab(rgb)[..., 0]
    shares = samples[..., :channels] / highest
    if layout.alpha == _ASSOCIATED:
        shares = np.minimum(shares / (samples[..., -1:] / highest), 1)
    if layout.photometric == CMYK:
        shares = (1 - shares[..., :3]) * (1 - shares[..., 3:])
    if layout.photometric == GRAY_WHITE_0:
        shares = 1 - shares
    rgb = np.repeat(shares, 3, axis=-1) if shares.shape[2] == 1 else shares
    return color.rgb2lab(rgb)[..., 0]


def lightness(photo):
    pixels = photo.pixels if photo.pixels.ndim == 3 else np.dstack([photo.pixels] * 3)
    return color.rgb2lab(pixels / np.iinfo(pixels.dtype).max)[..., 0]


def libvips_can(layout):
    """Whether libvips 8.18 means the same by such a file; libtiff agrees with what was written.

    It gives CMYK without a profile that of a press, divides by alpha later, and reads planes only
    of RGB with 8 bits and more.
    """
    if layout.photometric == CMYK or layout.alpha == _ASSOCIATED:
        return False
    return not layout.planar or (layout.photometric == RGB and layout.bits >= 8)


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("photometric", [GRAY_WHITE_0, GRAY, RGB, PALETTE, CMYK, LAB])
def test_every_layout_gives_its_picture(photometric, bits):
    if (photometric == LAB and bits not in (8, 16)) or (photometric == PALETTE and bits > 8):
        pytest.skip("not a depth of these colors")
    rng = np.random.default_rng(7)
    colormap = rng.integers(0, 65536, (3, 2**bits)) if photometric == PALETTE else None
    for layout in layouts(photometric, bits):
        samples = drawn_samples(layout)
        data = tiff_by_hand(samples, layout, colormap)
        photo = images.decode_photo(data)
        assert photo.pixels.dtype == (np.uint8 if bits <= 8 else np.uint16), layout
        # Half a code of 8 bits is 0.25 L* in shadows; divided by alpha twice that and more.
        off = np.abs(lightness(photo) - expected_lightness(samples, layout, colormap))
        assert off.max() < (1.2 if layout.alpha == _ASSOCIATED and bits < 9 else 0.5), layout
        has_alpha = layout.alpha in (_ASSOCIATED, _UNASSOCIATED)
        assert (photo.alpha is not None) == has_alpha, layout
        if has_alpha:
            scale = np.iinfo(photo.alpha.dtype).max / (2**bits - 1)
            assert np.abs(photo.alpha - samples[..., -1] * scale).max() <= 1, layout
        assert images.photo_size(data) == (HEIGHT, WIDTH)
        reference = lightness_by_libvips(data)
        if reference is None or not libvips_can(layout):
            continue
        assert np.abs(lightness(photo) - reference).max() <= 1, layout


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("photometric", [GRAY, GRAY_WHITE_0, RGB])
def test_floats_from_0_to_1_are_read(photometric, bits):
    shares = np.random.default_rng(1).random((HEIGHT, WIDTH, CHANNELS[photometric]))
    for order, planar in itertools.product("<>", (False, True)):
        layout = Layout(photometric, bits, FLOAT, planar, 8, order)
        pixels = images.decode_photo(tiff_by_hand(shares, layout)).pixels
        expected = (1 - shares if photometric == GRAY_WHITE_0 else shares) * 65535
        assert np.abs(pixels.reshape(expected.shape) - expected).max() <= (20 if bits == 16 else 1)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [GRAY, RGB, CMYK])
def test_signed_samples_are_refused(photometric, bits):
    # TIFF defines black and white of unsigned samples alone, and libraries disagree.
    for lowest in (0, -100):
        samples = np.full((HEIGHT, WIDTH, CHANNELS[photometric]), 100)
        samples[0] = lowest
        with pytest.raises(ImageError, match="signed pixels"):
            images.decode_photo(tiff_by_hand(samples, Layout(photometric, bits, SIGNED)))


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_color_maps_of_8_bits_are_read(bits):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**bits, (HEIGHT, WIDTH, 1))
    narrow = rng.integers(0, 256, (3, 2**bits))
    narrow[:, 0] = 255
    expected = np.moveaxis(narrow[:, codes[..., 0]], 0, -1)
    for colormap in (narrow, narrow * 257, narrow * 256):
        data = tiff_by_hand(codes, Layout(PALETTE, bits), colormap)
        assert (images.decode_photo(data).pixels == expected).all()


def test_a_color_map_of_grays_gives_gray():
    codes = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 1))
    grays = np.repeat(np.arange(255, -1, -1)[None] * 257, 3, axis=0)
    pixels = images.decode_photo(tiff_by_hand(codes, Layout(PALETTE, 8), grays)).pixels
    assert (pixels == 255 - codes[..., 0]).all()


@pytest.mark.parametrize("bits", [8, 16])
def test_lab_gives_its_colors(bits):
    rgb = drawn(16)
    lab = imagecodecs.cms_transform(  # codes of ICC v4: 65535 is 100, 0x8080 is 0
        rgb,
        imagecodecs.cms_profile("srgb"),
        imagecodecs.cms_profile("lab2"),
        colorspace="rgb",
        outcolorspace="lab",
        flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE,
    ).astype(int)
    units = (lab[..., 1:] - 0x8080) / 257
    scaled = lab[..., :1] / (257 if bits == 8 else 1), units * (1 if bits == 8 else 256)
    samples = np.rint(np.concatenate(scaled, axis=-1)).astype(int) % 2**bits
    data = tiff_by_hand(samples, Layout(LAB, bits), rows=9)
    pixels = images.decode_photo(data).pixels / (1 if bits == 8 else 257)
    off = np.abs(pixels - rgb / 257)
    # Codes of 8 bits are coarse: many of sRGB for one of a or b in the shadows.
    assert off.mean() < (1.5 if bits == 8 else 0.3)
    assert off.max() < (40 if bits == 8 else 4)


def test_the_first_page_that_is_no_reduced_copy_is_taken():
    buffer = io.BytesIO()
    small, large = drawn(height=12, width=16)[..., 0], drawn()[..., 1]
    with tifffile.TiffWriter(buffer) as file:
        file.write(small, subfiletype=1, metadata=None)
        file.write(large, subfiletype=0, metadata=None, resolution=(300, 300), resolutionunit=2)
        file.write(small, subfiletype=1, metadata=None)
    photo = images.decode_photo(buffer.getvalue())
    assert (photo.pixels == large).all()
    assert images.photo_size(buffer.getvalue()) == large.shape
    assert photo.metadata.dpi == (300, 300)


def test_a_file_of_reduced_pages_alone_gives_its_first():
    data = by_tifffile(drawn()[..., 1], subfiletype=1)
    assert (images.decode_photo(data).pixels == drawn()[..., 1]).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_big_tiffs_in_either_byte_order(order, bits):
    data = by_tifffile(drawn(bits), photometric="rgb", bigtiff=True, byteorder=order)
    assert (images.decode_photo(data).pixels == drawn(bits)).all()
    assert images.photo_size(data) == drawn().shape[:2]


BY_CODEC = {
    "jpeg": ({"compression": "jpeg"}, 12),
    "jpeg in tiles": ({"compression": "jpeg", "tile": (16, 32)}, 12),
    "jpeg 2000": ({"compression": "jpeg2000"}, 0),
    "jpeg 2000 of Aperio": ({"compression": "aperio_jp2000_rgb"}, 12),
    "jpeg xl": ({"compression": "jpegxl"}, 12),
    "jpeg xr": ({"compression": "jpegxr"}, 12),
    "webp": ({"compression": "webp"}, 16),
    "png": ({"compression": "png"}, 0),
    "zstd": ({"compression": "zstd"}, 0),
    "lzma": ({"compression": "lzma"}, 0),
    "lerc": ({"compression": "lerc"}, 0),
}


@pytest.mark.parametrize("name", BY_CODEC)
def test_codecs_within_tiff(name):
    options, tolerance = BY_CODEC[name]
    for pixels in (drawn(), drawn()[..., 1]):
        if pixels.ndim == 2 and name in ("webp", "jpeg 2000 of Aperio"):
            continue
        photometric = "rgb" if pixels.ndim == 3 else "minisblack"
        data = by_tifffile(np.ascontiguousarray(pixels), photometric=photometric, **options)
        photo = images.decode_photo(data)
        assert photo.pixels.shape == pixels.shape
        assert np.abs(photo.pixels.astype(int) - pixels).max() <= tolerance


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
def test_jpegs_of_luma_and_chroma_within_tiff(subsampling):
    ycc = np.asarray(Image.fromarray(drawn()).convert("YCbCr"))
    data = by_tifffile(ycc, photometric="ycbcr", compression="jpeg", subsampling=subsampling)
    assert np.abs(images.decode_photo(data).pixels.astype(int) - drawn()).max() <= 16


@pytest.mark.parametrize("kind", ["group3", "group4", "tiff_ccitt"])
def test_fax_codes(kind):
    bilevel = Image.fromarray(drawn()[..., 1]).convert("1")
    data = by_pillow(bilevel, "TIFF", compression=kind)
    assert (images.decode_photo(data).pixels == np.asarray(bilevel.convert("L"))).all()


def test_luma_and_chroma_without_jpeg():
    ycc = np.asarray(Image.fromarray(drawn()).convert("YCbCr"))
    data = by_tifffile(ycc, photometric="ycbcr", compression="lzw", subsampling=(1, 1))
    assert np.abs(images.decode_photo(data).pixels.astype(int) - drawn()).max() <= 3


def test_reading_says_nothing_on_the_terminal(capfd):
    odd = by_tifffile(drawn(), extratags=[(65_000, "B", 4, b"odd!", True)], photometric="rgb")
    images.decode_photo(odd)
    with pytest.raises(ImageError):
        images.decode_photo(odd[:-3000])
    assert capfd.readouterr() == ("", "")


def test_the_shape_that_tifffile_notes_is_not_passed_on():
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((8, 9), np.uint8))
    photo = images.decode_photo(file.getvalue())
    made = images.encode_photo(
        np.zeros((8, 9, 3), np.uint8), "tiff", like=photo, quality=90, made_by="m"
    )
    with tifffile.TiffFile(io.BytesIO(made)) as tiff:
        assert "shape" not in tiff.pages[0].description
        assert tiff.asarray().shape == (8, 9, 3)
