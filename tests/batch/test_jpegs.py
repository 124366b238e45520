"""JPEGs from planes of luma and chroma: the colors of the merge, read by another library."""

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from colorizer_tf.batch.jpegs import merge_jpeg, planes_fit
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.color.merge import merge_photo, small_lightness
from colorizer_tf.images import encode_photo
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.prediction import Prediction

SUBSAMPLED = [(1, 2, 2, 0), (2, 1, 1, 1), (3, 1, 1, 1)]


@pytest.fixture(params=[(96, 128), (98, 131), (204, 151)])
def photo(request):
    high, wide = request.param
    y, x = np.mgrid[:high, :wide]
    gray = (
        120
        + 70 * np.sin(y / 17) * np.cos(x / 13)
        + np.random.default_rng(0).normal(0, 2, (high, wide))
    )
    return np.clip(gray, 0, 255).astype(np.uint8)


def predicted(photo):
    """Soft areas of several colors, a tenth of the photo's size."""
    high, wide = (side // 10 for side in photo.shape[:2])
    coarse = np.random.default_rng(1).uniform(-35, 35, (4, 5, 2)).astype(np.float32)
    ab = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    return Prediction(small_lightness(photo, high, wide), ab)


def test_odd_heights_are_merged_otherwise(photo):
    assert planes_fit(photo, predicted(photo))
    assert not planes_fit(photo[1:], predicted(photo))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_has_the_colors_and_the_lightness_of_the_merge(tmp_path, photo, channels):
    pixels = photo if channels == 1 else np.repeat(photo[..., None], 3, axis=-1)
    prediction = predicted(pixels)
    expected = rgb2lab(merge_photo(pixels, prediction.lightness, prediction.ab))
    before = pixels.copy()
    planes = merge_jpeg(pixels, prediction, 1.0, in_place=False)
    np.testing.assert_array_equal(pixels, before)
    path = tmp_path / "out.jpg"
    path.write_bytes(encode_photo(planes, "jpeg", like=None, quality=98, made_by="none"))
    with Image.open(path) as file:
        assert file.layer == SUBSAMPLED
        found = rgb2lab(np.asarray(file))
    assert found.shape == expected.shape
    assert np.abs(found[..., 0] - expected[..., 0]).mean() < 0.4
    assert deltaE_ciede2000(found, expected).mean() < 1
    assert np.abs(found - expected).mean(axis=(0, 1)).max() < 1
    again = merge_jpeg(pixels, prediction, 1.0, in_place=True)
    np.testing.assert_array_equal(again.luma, planes.luma)


def test_photos_hardly_larger_than_the_prediction_keep_all_of_its_color(photo):
    prediction = predicted(photo)
    assert planes_fit(photo, prediction)
    assert not planes_fit(photo[:17], prediction)
    assert not planes_fit(photo.astype(np.uint16), prediction)


def test_the_command_writes_planes_where_they_fit(tmp_path, saved_model):
    small, large = tmp_path / "small.jpg", tmp_path / "large.jpg"
    noise = np.random.default_rng(0).integers(60, 200, (200, 300), np.uint8)
    for path, sides in ((small, (60, 40)), (large, (600, 400))):
        Image.fromarray(cv2.resize(noise, sides)).save(path)
    results = colorize_files(
        [small, large], tmp_path / "out", Colorizer(saved_model), ColorizeOptions(quality=95)
    )
    layers = {}
    for result in results:
        with Image.open(result.output) as file:
            layers[result.source.name] = file.layer
    assert layers["large.jpg"] == SUBSAMPLED
    assert layers["small.jpg"] == [(1, 1, 1, 0), (2, 1, 1, 1), (3, 1, 1, 1)]
