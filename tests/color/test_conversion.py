"""Color maths against scikit-image, Lindbloom's published values and tensorflow-io."""

import itertools
import subprocess
import sys

import cv2
import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colorizer_tf import color

GRID = np.array(list(itertools.product(np.linspace(0, 1, 33), repeat=3))).reshape(33, 33, 33, 3)


def as_numpy(array):
    return array


def as_tensor(array):
    return tf.constant(array)


@pytest.fixture(params=[as_numpy, as_tensor])
def of_kind(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rgb_to_lab_agrees_with_scikit_image(of_kind, dtype):
    lab = np.asarray(color.rgb_to_lab(of_kind(GRID.astype(dtype))))
    assert lab.dtype == dtype
    np.testing.assert_allclose(lab, skimage.color.rgb2lab(GRID), atol=1e-3)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_round_trip_is_within_half_an_8_bit_code(of_kind, dtype):
    back = color.lab_to_rgb(color.rgb_to_lab(of_kind(GRID.astype(dtype))))
    np.testing.assert_allclose(np.asarray(back), GRID, atol=1 / 510)


def test_lab_to_rgb_agrees_with_scikit_image(of_kind):
    lab = skimage.color.rgb2lab(GRID)
    np.testing.assert_allclose(
        np.asarray(color.lab_to_rgb(of_kind(lab))), skimage.color.lab2rgb(lab), atol=1e-4
    )


# Bruce Lindbloom's CIE color calculator, sRGB with D65: www.brucelindbloom.com.
LINDBLOOM = {
    (1, 1, 1): (100, 0, 0),
    (1, 1, 0): (97.1393, -21.5537, 94.4780),
    (0, 1, 1): (91.1132, -48.0875, -14.1312),
    (0, 1, 0): (87.7347, -86.1827, 83.1793),
    (1, 0, 1): (60.3242, 98.2343, -60.8249),
    (1, 0, 0): (53.2408, 80.0925, 67.2032),
    (0, 0, 1): (32.2970, 79.1875, -107.8602),
    (0, 0, 0): (0, 0, 0),
}


@pytest.mark.parametrize(("rgb", "lab"), LINDBLOOM.items())
def test_published_values(rgb, lab):
    # His matrix has more digits than the standard's rounded one: hence a hundredth, not less.
    np.testing.assert_allclose(color.rgb_to_lab(np.array(rgb, "float64")), lab, atol=0.02)


def test_agrees_with_tensorflow_io():
    # In a process of its own: on import it complains that its native ops do not load here.
    code = (
        "import sys, numpy as np, tensorflow_io as tfio;"
        "rgb = np.load(sys.argv[1]); np.save(sys.argv[2], tfio.experimental.color.rgb_to_lab(rgb))"
    )
    pytest.importorskip("tensorflow_io", reason='needs the "io" extra')
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rgb.npy"), Path(folder, "lab.npy")
        np.save(source, GRID.reshape(33, 33 * 33, 3))
        subprocess.run([sys.executable, "-c", code, source, target], check=True)
        theirs = np.load(target).reshape(GRID.shape)
    np.testing.assert_allclose(color.rgb_to_lab(GRID), theirs, atol=0.01)


def test_integers_mean_their_whole_range(of_kind):
    codes = np.array([[0, 128, 255]], "uint8")
    expected = skimage.color.rgb2lab(codes / 255.0)
    np.testing.assert_allclose(np.asarray(color.rgb_to_lab(of_kind(codes))), expected, atol=1e-3)
    wide = codes.astype("uint16") * 257
    np.testing.assert_allclose(np.asarray(color.rgb_to_lab(of_kind(wide))), expected, atol=1e-3)


@pytest.mark.parametrize("wrong", [np.zeros((4, 3), "int64"), np.zeros((4, 3), "bool")])
def test_other_integers_are_refused(wrong):
    with pytest.raises(TypeError, match="uint8 or uint16"):
        color.rgb_to_lab(wrong)


def test_four_channels_are_refused(of_kind):
    with pytest.raises(ValueError, match="3 channels"):
        color.rgb_to_lab(of_kind(np.zeros((2, 2, 4), "float32")))


def test_lightness_is_that_of_lab_and_not_luma(of_kind):
    lightness = np.asarray(color.rgb_to_lightness(of_kind(GRID)))
    np.testing.assert_allclose(lightness, skimage.color.rgb2lab(GRID)[..., :1], atol=1e-3)


def test_works_inside_graphs_of_unknown_shape():
    @tf.function(input_signature=[tf.TensorSpec([None, None, 3], tf.float32)])
    def there_and_back(rgb):
        return color.lab_to_rgb(color.rgb_to_lab(rgb))

    rgb = GRID.reshape(33, -1, 3).astype("float32")
    np.testing.assert_allclose(there_and_back(rgb), rgb, atol=1 / 510)


def test_gradients_are_finite_everywhere():
    rgb = tf.constant([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.04045]])
    with tf.GradientTape() as tape:
        tape.watch(rgb)
        total = tf.reduce_sum(color.lab_to_rgb(color.rgb_to_lab(rgb)))
    assert np.isfinite(tape.gradient(total, rgb)).all()


def test_8_bit_coding_is_opencv_s():
    rgb = GRID.reshape(33, -1, 3).astype("float32")
    coded = color.encode_lab8(color.rgb_to_lab(rgb))
    opencv = cv2.cvtColor(np.round(rgb * 255).astype("uint8"), cv2.COLOR_RGB2LAB)
    # OpenCV's integer path is itself up to 2.5 off in a and b.
    assert np.abs(coded.astype(int) - opencv).max() <= 3
    centered = coded.astype("float32") - 128
    lightness = color.unscale_lightness(color.scale_lightness8(centered[..., :1]))
    ab = color.unscale_ab(color.scale_ab(centered[..., 1:]))
    np.testing.assert_allclose(lightness, skimage.color.rgb2lab(rgb)[..., :1], atol=0.2)
    np.testing.assert_allclose(ab, skimage.color.rgb2lab(rgb)[..., 1:], atol=0.501)


def test_scaling_round_trips_and_covers_one():
    assert color.scale_lightness(np.array([0.0, 50.0, 100.0])).tolist() == [-1, 0, 1]
    assert color.scale_ab(np.array([-128.0, 0.0, 64.0])).tolist() == [-1, 0, 0.5]
    values = np.linspace(0, 100, 11)
    np.testing.assert_allclose(color.unscale_lightness(color.scale_lightness(values)), values)
    np.testing.assert_allclose(color.unscale_ab(color.scale_ab(values)), values)


def random_lab(rng, count=20_000):
    return rng.uniform(0, 100, (count, 1)), rng.uniform(-128, 127, (count, 2))


def test_merge_keeps_lightness_of_any_ab(of_kind, rng):
    lightness, ab = random_lab(rng)
    rgb = np.asarray(color.merge_lab(of_kind(lightness), of_kind(ab)))
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    drift = np.abs(skimage.color.rgb2lab(rgb)[:, :1] - lightness)
    assert drift.mean() < 0.01
    assert drift.max() < 0.1


def test_merge_keeps_hue_and_leaves_what_fits_alone(rng):
    lightness, ab = random_lab(rng)
    back = skimage.color.rgb2lab(color.merge_lab(lightness, ab))[:, 1:]
    chroma, chroma_back = np.hypot(*ab.T), np.hypot(*back.T)
    assert (chroma_back <= chroma + 0.1).all()
    strong = chroma_back > 5
    turn = np.angle((ab[:, 0] + 1j * ab[:, 1]) * (back[:, 0] - 1j * back[:, 1]))
    assert np.abs(np.degrees(turn[strong])).max() < 1.0
    inside = skimage.color.rgb2lab(GRID).reshape(-1, 3)
    np.testing.assert_allclose(
        color.merge_lab(inside[:, :1], inside[:, 1:]), GRID.reshape(-1, 3), atol=1 / 255
    )


def test_merge_of_no_color_is_gray():
    lightness = np.linspace(0, 100, 101)[:, None]
    rgb = color.merge_lab(lightness, np.zeros((101, 2)))
    assert np.ptp(np.round(rgb * 255), axis=-1).max() == 0
