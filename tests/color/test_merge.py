"""Full-size merge: L* against scikit-image, colors against `merge_lab`, and edges."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from colorizer_tf import color
from colorizer_tf.color.merge import gray_of, merge_photo, small_lightness

DTYPES = ["uint8", "uint16"]


def lightness_of(codes):
    return skimage.color.rgb2lab(codes / np.iinfo(codes.dtype).max)[..., 0]


def as_rgb(codes):
    return codes if codes.ndim == 3 else np.repeat(codes[..., None], 3, axis=-1)


def noise(rng, shape, dtype):
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def flat_ab(a, b, shape=(1, 1)):
    return np.broadcast_to(np.array([a, b], "float32"), (*shape, 2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(90, 120), (90, 120, 3)])
def test_lightness_survives_any_color(rng, shape, dtype):
    photo = noise(rng, shape, dtype)
    ab = rng.uniform(-128, 127, (9, 12, 2))
    colored = merge_photo(photo, small_lightness(photo, 9, 12), ab)
    assert (colored.dtype, colored.shape) == (photo.dtype, (90, 120, 3))
    drift = np.abs(lightness_of(colored) - lightness_of(as_rgb(photo)))
    assert drift.mean() < (0.1 if dtype == "uint8" else 0.005)
    assert drift.max() < (1.0 if dtype == "uint8" else 0.02)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ab", [(3e4, -2e5), (-1e30, 1e30)])
def test_lightness_survives_the_colors_of_a_broken_network(rng, dtype, ab):
    photo = noise(rng, (30, 40), dtype)
    colored = merge_photo(photo, np.full((2, 2), 50, "float32"), flat_ab(*ab, (2, 2)))
    drift = np.abs(lightness_of(colored) - lightness_of(as_rgb(photo)))
    assert drift.max() < (1.0 if dtype == "uint8" else 0.02)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_gray_code_has_its_lightness(dtype):
    codes = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(16, -1)
    means = small_lightness(codes, *codes.shape)
    np.testing.assert_allclose(means, lightness_of(as_rgb(codes)), atol=1e-3)
    np.testing.assert_allclose(small_lightness(as_rgb(codes), *codes.shape), means, atol=2e-3)


@pytest.mark.parametrize("sides", [(9, 14), (30, 45), (13, 90)])
def test_lightness_shrinks_to_means_over_areas(rng, sides):
    photo = noise(rng, (90, 135, 3), "uint8")
    np.testing.assert_allclose(small_lightness(photo, *sides), area_means(photo, sides), atol=2e-3)


@pytest.mark.parametrize("sides", [(1, 1), (7, 11)])
def test_lightness_of_much_larger_photos_is_close_to_means_over_areas(rng, sides):
    photo = cv2.resize(noise(rng, (15, 23, 3), "uint8"), (135, 90))
    np.testing.assert_allclose(small_lightness(photo, *sides), area_means(photo, sides), atol=0.6)


def area_means(photo, sides):
    lightness = lightness_of(photo)
    small = cv2.resize(lightness, (sides[1], sides[0]), interpolation=cv2.INTER_AREA)
    return small.reshape(sides)


@pytest.mark.parametrize("side", [1, 3])
def test_lightness_enlarges_between_its_values(rng, side):
    photo = noise(rng, (side, side), "uint8")
    large = small_lightness(photo, 12, 20)
    lightness = lightness_of(as_rgb(photo))
    assert large.shape == (12, 20)
    assert large.min() >= lightness.min() - 1e-3
    assert large.max() <= lightness.max() + 1e-3


def test_colors_are_those_of_the_reference_merge(rng):
    photo = noise(rng, (60, 80, 3), "uint8")
    ab = rng.normal(0, 40, (60, 80, 2)).astype("float32")
    # Lightness without any spread has no slope: what is left is ab itself.
    colored = merge_photo(photo, np.zeros((60, 80), "float32"), ab)
    expected = color.merge_lab(color.rgb_to_lightness(photo), ab)
    apart = skimage.color.deltaE_ciede2000(
        skimage.color.rgb2lab(colored), skimage.color.rgb2lab(expected)
    )
    # Rounding to 8 bits, and gamut borders met within 1/256 and 1/4096 of the chroma.
    assert apart.mean() < 0.2
    assert apart.max() < 1.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_color_is_gray_exactly(dtype):
    codes = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(16, -1)
    for photo in (codes, as_rgb(codes)):
        np.testing.assert_array_equal(gray_of(photo), as_rgb(codes))
        merged = merge_photo(photo, small_lightness(photo, 3, 3), flat_ab(0, 0, (3, 3)))
        np.testing.assert_allclose(merged.astype(int), as_rgb(codes), atol=dtype == "uint16")


def test_the_gray_of_a_color_photo_has_its_lightness(rng):
    photo = noise(rng, (40, 50, 3), "uint8")
    gray = gray_of(photo)
    assert (gray == gray[..., :1]).all()
    np.testing.assert_allclose(lightness_of(gray), lightness_of(photo), atol=0.3)


def test_the_photo_may_be_written_over(rng):
    photo = noise(rng, (30, 40, 3), "uint8")
    ab, small = rng.normal(0, 30, (5, 6, 2)), small_lightness(photo, 5, 6)
    expected = merge_photo(photo.copy(), small, ab)
    assert merge_photo(photo, small, ab, out=photo) is photo
    np.testing.assert_array_equal(photo, expected)


def test_a_view_counts_as_its_pixels(rng):
    photo = noise(rng, (30, 40, 3), "uint8")
    view = photo[::2, ::-1]
    ab, small = rng.normal(0, 30, (5, 6, 2)), small_lightness(view, 5, 6)
    np.testing.assert_array_equal(merge_photo(view, small, ab), merge_photo(view.copy(), small, ab))


def coarse_ab(lab, height, width):
    """What a network can at best predict at half size, enlarged as ours enlarge."""
    half = cv2.resize(lab[..., 1:], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cv2.blur(half.repeat(2, axis=0).repeat(2, axis=1), (3, 3))


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_color_stops_at_edges_better_than_bilinear(name):
    photo = getattr(skimage.data, name)()
    lab = skimage.color.rgb2lab(photo).astype("float32")
    height, width = 96, round(96 * photo.shape[1] / photo.shape[0] / 2) * 2
    ab, small = coarse_ab(lab, height, width), small_lightness(photo, height, width)
    guided = skimage.color.rgb2lab(merge_photo(photo, small, ab, ab_stride=2))
    enlarged = cv2.resize(ab, (photo.shape[1], photo.shape[0]))
    bilinear = np.concatenate([lab[..., :1], enlarged], axis=-1)
    error = skimage.color.deltaE_ciede2000(lab, guided).mean()
    assert error < 0.95 * skimage.color.deltaE_ciede2000(lab, bilinear).mean()


def test_color_does_not_bleed_over_an_edge_of_lightness():
    # Red on the dark left, blue on the light right; coarse color is blurred over 16 pixels.
    photo = np.full((64, 128), 60, np.uint8)
    photo[:, 64:] = 190
    ab = np.zeros((8, 16, 2), "float32")
    ab[:, :8], ab[:, 8:] = (30, 20), (-5, -25)
    ab[:, 7:9] = ab[:, 7:9].mean(axis=1, keepdims=True)
    small = small_lightness(photo, 8, 16)
    lab = skimage.color.rgb2lab(merge_photo(photo, small, ab, ab_stride=2))
    plain = cv2.resize(ab, (128, 64))
    beside = [60, 67]
    for column, truth in zip(beside, [(30, 20), (-5, -25)], strict=True):
        bleeding = np.abs(lab[32, column, 1:] - truth).max()
        assert bleeding < 0.7 * np.abs(plain[32, column] - truth).max()
