"""The Python API: lightness against scikit-image, kinds of input, sizes, and models it refuses."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import keras
import numpy as np
import onnx
import onnx.numpy_helper
import pytest
import skimage.color
import tensorflow as tf
from PIL import Image

from colorizer_tf.base.errors import ColorizerError, ImageError
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.images import decode_photo
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.scales import network_sides


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model)


def smooth_photo(rng, height, width):
    coarse = rng.integers(0, 256, (5, 7, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1000), (301, 451), (700, 900)])
def test_size_and_lightness_are_the_photo_s(colorizer, rng, shape):
    photo = rng.integers(0, 256, (*shape, 3), np.uint8)
    colored = colorizer.colorize(photo)
    assert colored.shape == photo.shape
    assert colored.dtype == np.uint8
    before, after = (skimage.color.rgb2lab(each)[..., 0] for each in (photo, colored))
    drift = np.abs(before - after)
    # At a single pixel the mean is the largest.
    assert drift.mean() < (0.1 if photo.size > 3 else 0.5)
    assert drift.max() < 1.0


def test_the_test_s_colors_are_wild(colorizer, rng):
    colored = colorizer.colorize(smooth_photo(rng, 200, 300))
    chroma = np.hypot(*np.moveaxis(skimage.color.rgb2lab(colored)[..., 1:], -1, 0))
    assert chroma.mean() > 20


def test_color_comes_from_the_lightness_alone(colorizer, rng):
    gray = rng.integers(0, 256, (20, 30), np.uint8)
    as_rgb = np.repeat(gray[..., None], 3, -1)
    expected = colorizer.colorize(gray)
    np.testing.assert_array_equal(colorizer.colorize(gray[..., None]), expected)
    # L* of three channels is computed, that of one looked up: the last bit may be rounded apart.
    apart = colorizer.colorize(as_rgb).astype(int) - expected
    assert np.abs(apart).max() <= 1
    assert (apart != 0).mean() < 0.01


@pytest.mark.parametrize(("dtype", "largest"), [("uint16", 65535), ("float64", 1.0)])
def test_more_than_8_bits_are_kept(colorizer, rng, dtype, largest):
    gray = rng.integers(0, 256, (20, 30), np.uint8)
    expected = colorizer.colorize(gray)
    colored = colorizer.colorize((gray / 255 * largest).astype(dtype))
    assert colored.dtype == ("uint16" if dtype == "uint16" else "float32")
    np.testing.assert_allclose(colored / largest * 255, expected, atol=0.6)


def test_strength_scales_the_color(colorizer, rng):
    gray = smooth_photo(rng, 60, 80)[..., 0] // 2 + 60
    chroma = []
    for strength in (0, 0.05, 0.1):
        lab = skimage.color.rgb2lab(colorizer.colorize(gray, strength=strength))
        chroma.append(np.hypot(lab[..., 1], lab[..., 2]).mean())
    np.testing.assert_array_equal(
        colorizer.colorize(gray, strength=0), np.repeat(gray[..., None], 3, -1)
    )
    assert chroma[2] == pytest.approx(2 * chroma[1], rel=0.05)
    for wrong in (-0.1, 2.1, float("nan")):
        with pytest.raises(ColorizerError, match="expected 0 to 2"):
            colorizer.colorize(gray, strength=wrong)


def test_the_result_may_take_the_photo_s_place(colorizer, rng):
    photo = smooth_photo(rng, 60, 80)
    expected = colorizer.colorize(photo)
    assert colorizer.colorize(photo, out=photo) is photo
    np.testing.assert_array_equal(photo, expected)


def test_takes_paths_and_bytes(colorizer, rng, tmp_path):
    photo = smooth_photo(rng, 30, 40)
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    expected = colorizer.colorize(photo)
    for same in (path, str(path), path.read_bytes()):
        np.testing.assert_array_equal(colorizer.colorize(same), expected)
    deep = photo[..., 1].astype("uint16") * 257
    Image.fromarray(deep).save(path)
    np.testing.assert_array_equal(colorizer.colorize(path), colorizer.colorize(deep))
    gray = photo[..., 1]
    Image.fromarray(gray).save(path)
    np.testing.assert_array_equal(colorizer.colorize(path), colorizer.colorize(gray))


@pytest.fixture(scope="module")
def tame_model(tmp_path_factory):
    """A model as smooth as a trained one: ab = 20 times a blurred scaled L."""
    scaled_lightness = keras.Input((None, None, 1))
    x = keras.layers.AveragePooling2D(3, 1, "same")(scaled_lightness)
    x = keras.layers.Conv2D(2, 1, use_bias=False, kernel_initializer=constant(20 / 128))(x)
    out = tmp_path_factory.mktemp("models") / "tame"
    return export_network(keras.Model(scaled_lightness, x), 1, out, size=32)


def constant(value):
    return keras.initializers.Constant(value)


@pytest.mark.parametrize("shape", [(32, 32), (96, 128), (301, 451), (20, 11), (1, 1), (3, 1000)])
def test_agrees_with_the_signature_colorize(tame_model, rng, shape):
    photo = smooth_photo(rng, *shape)
    loaded = tf.saved_model.load(str(tame_model))
    theirs = loaded.signatures["colorize"](image=tf.constant(photo[None]))["image"].numpy()[0]
    apart = np.abs(Colorizer(tame_model).colorize(photo).astype(int) - theirs)
    # OpenCV's area filter and TensorFlow's triangle filter do not shrink L to quite the same.
    assert apart.max() <= (1 if shape == (32, 32) else 6)
    assert apart.mean() < 0.5


def test_colors_are_enlarged_bilinearly_and_without_seams(tame_model):
    gray = np.tile(np.linspace(90, 160, 800).astype(np.uint8)[:, None], (1, 900))
    colored = skimage.color.rgb2lab(Colorizer(tame_model).colorize(gray))
    lightness = skimage.color.rgb2lab(np.repeat(gray[..., None], 3, -1))[..., 0]
    # A ramp stays a ramp under any blur, but at its ends.
    inner = slice(80, -80)
    expected = 20 * (lightness / 50 - 1)
    np.testing.assert_allclose(colored[inner, :, 1], expected[inner], atol=1.0)
    np.testing.assert_allclose(colored[inner, :, 2], expected[inner], atol=1.0)


@pytest.mark.parametrize("strength", [0, 1])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_out_holds_the_result(colorizer, rng, dtype, strength):
    photo = smooth_photo(rng, 20, 30)[..., 0] / 255
    photo = (photo * (1 if dtype == "float32" else np.iinfo(dtype).max)).astype(dtype)
    out = np.empty((20, 30, 3), dtype)
    assert colorizer.colorize(photo, strength=strength, out=out) is out
    np.testing.assert_array_equal(out, colorizer.colorize(photo, strength=strength))


def test_an_out_that_does_not_fit_is_refused(colorizer, rng):
    photo = smooth_photo(rng, 20, 30)
    read_only = np.empty((20, 30, 3), np.uint8)
    read_only.flags.writeable = False
    for wrong in (np.empty((20, 30, 3), "uint16"), np.empty((20, 31, 3), "uint8"), read_only):
        with pytest.raises(ColorizerError, match=r"out: received .* expected a writeable uint8"):
            colorizer.colorize(photo, out=wrong)


def test_takes_decoded_files_buffers_and_either_byte_order(colorizer, rng, tmp_path):
    photo = smooth_photo(rng, 30, 40)
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    data, expected = path.read_bytes(), colorizer.colorize(photo)
    for same in (decode_photo(data), bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(colorizer.colorize(same), expected)
    deep = photo[..., 0].astype(">u2") * 257
    np.testing.assert_array_equal(
        colorizer.colorize(deep), colorizer.colorize(deep.astype("uint16"))
    )
    with pytest.raises(ImageError, match=r"nowhere\.jpg: no such file"):
        colorizer.colorize(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize("size", [0, -1, 2.5, "x", 10**9])
def test_a_size_that_is_none_is_refused(saved_model, size):
    with pytest.raises(ColorizerError, match="expected 1 to 4096"):
        Colorizer(saved_model, size=size)


def test_runtimes_agree(saved_model, colorizer, rng):
    photo = smooth_photo(rng, 70, 90)
    in_tensorflow = Colorizer(saved_model, runtime="tensorflow")
    assert (colorizer.runtime, in_tensorflow.runtime) == ("onnx", "tensorflow")
    apart = skimage.color.deltaE_ciede2000(
        skimage.color.rgb2lab(colorizer.colorize(photo)),
        skimage.color.rgb2lab(in_tensorflow.colorize(photo)),
    )
    assert apart.mean() < 0.1
    with pytest.raises(ColorizerError, match="expected auto, onnx, tensorflow"):
        Colorizer(saved_model, runtime="torch")


def test_onnx_needs_no_tensorflow(saved_model):
    code = (
        "import sys, numpy, colorizer_tf\n"
        "colorizer_tf.Colorizer(sys.argv[1]).colorize(numpy.zeros((9, 9), 'uint8'))\n"
        "assert not {'tensorflow', 'keras', 'tf2onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, saved_model], check=True)


def test_a_model_without_an_onnx_file_runs_in_tensorflow(saved_model, tmp_path):
    model = shutil.copytree(saved_model, tmp_path / "model")
    (model / "model.onnx").unlink()
    assert Colorizer(model).runtime == "tensorflow"
    with pytest.raises(ColorizerError, match=r"no model\.onnx: export"):
        Colorizer(model, runtime="onnx")


def test_identity_follows_the_weights_and_the_scale(saved_model, colorizer, tmp_path):
    assert Colorizer(saved_model).identity == colorizer.identity
    assert Colorizer(saved_model, size=64).identity != colorizer.identity
    model = shutil.copytree(saved_model, tmp_path / "model")
    edit_info(weights_sha256="0" * 64)(model)
    assert Colorizer(model).identity != colorizer.identity


def test_threads_may_share_one(colorizer, rng):
    photos = [smooth_photo(rng, 50 + n, 60) for n in range(12)]
    expected = [colorizer.colorize(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        for found, single in zip(pool.map(colorizer.colorize, photos), expected, strict=True):
            np.testing.assert_array_equal(found, single)


def test_a_model_gone_wrong_is_an_error_and_no_gray_picture(saved_model, tmp_path):
    model = shutil.copytree(saved_model, tmp_path / "model")
    network = onnx.load(model / "model.onnx")
    kernel = next(each for each in network.graph.initializer if len(each.dims) == 4)
    wrong = np.full_like(onnx.numpy_helper.to_array(kernel), np.inf)
    kernel.CopyFrom(onnx.numpy_helper.from_array(wrong, kernel.name))
    onnx.save(network, model / "model.onnx")
    with pytest.raises(ColorizerError, match="not finite"):
        Colorizer(model).colorize(np.full((9, 9), 60, np.uint8))


def test_predict_ab_is_the_network(colorizer, wild_network, rng):
    lightness = rng.uniform(0, 100, (3, 8, 12, 1))
    expected = 128 * wild_network(lightness / 50 - 1).numpy()
    np.testing.assert_allclose(colorizer.predict_ab(lightness), expected, atol=1e-3)


def test_size_changes_the_scale_of_prediction(saved_model, colorizer, rng):
    photo = smooth_photo(rng, 60, 80)
    assert colorizer.size == 32
    assert (Colorizer(saved_model, size=64).colorize(photo) != colorizer.colorize(photo)).any()


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (128, 128), (3000, 4000), (3, 20_000), (1, 10**8), (10**8, 1)]
)
def test_network_sides_keep_area_and_aspect(height, width):
    high, wide = network_sides(height, width, 128)
    assert min(high, wide) >= 1
    assert max(high, wide) <= 128 * 128
    if min(high, wide) > 10:
        assert high * wide == pytest.approx(128 * 128, rel=0.05)
        assert wide / high == pytest.approx(width / height, rel=0.05)


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (np.zeros((4, 4, 4), "uint8"), r"shape \(4, 4, 4\)"),
        (np.zeros((2, 4, 4, 3), "uint8"), "shape"),
        (np.zeros((0, 4, 3), "uint8"), "shape"),
        (np.zeros((4, 4), "int32"), "int32"),
        (np.full((4, 4), 255.0), r"outside of \[0, 1\]"),
        (np.full((4, 4), np.nan), r"outside of \[0, 1\]"),
        (b"no picture", "not a picture"),
    ],
)
def test_what_is_no_photo_is_refused_with_the_reason(colorizer, photo, reason):
    with pytest.raises(ImageError, match=reason):
        colorizer.colorize(photo)


def edit_info(**changes):
    def damage(model):
        info = json.loads((model / "model.json").read_text())
        (model / "model.json").write_text(json.dumps(info | changes))

    return damage


def write_info(text):
    return lambda model: (model / "model.json").write_text(text)


def nested(depth):
    return '{"size": 32, "format_version": 1, "x": ' + "[" * depth + "]" * depth + "}"


def remove_networks(model):
    (model / "model.onnx").unlink()
    (model / "saved_model.pb").unlink()


def save_without_signature(model):
    shutil.rmtree(model / "variables")
    tf.saved_model.save(tf.Module(), str(model))
    (model / "model.onnx").unlink()


def damage_saved_model(model):
    (model / "saved_model.pb").write_bytes(b"\xff" * 99)
    (model / "model.onnx").unlink()


DAMAGES = {
    "no model folder.*export": shutil.rmtree,
    "neither model.onnx nor saved_model.pb.*export": remove_networks,
    r"no model\.json.*export": lambda model: (model / "model.json").unlink(),
    r"model\.json cannot be read.*export": lambda m: (m / "model.json").write_text("{"),
    "gives the size 0": edit_info(size=0),
    "gives the size 1000000000": edit_info(size=10**9),
    "gives the stride 0": edit_info(stride=0),
    "format version 99.*upgrade": edit_info(format_version=99),
    r"model\.json cannot be read.*RecursionError.*export": write_info("[" * 90_000),
    r"model\.json cannot be read.*nested deeper.*export": write_info(nested(100)),
    r"model\.json cannot be read.*OverflowError.*export": write_info(
        '{"format_version": 1, "size": 1e999}'
    ),
    r"model\.json cannot be read.*expected an object.*export": write_info("[1]"),
    "SavedModel in .* cannot be loaded.*export": damage_saved_model,
    r"model\.onnx cannot be loaded.*export": lambda m: (m / "model.onnx").write_bytes(b"\xff" * 99),
    "predict_ab is missing.*export": save_without_signature,
}


@pytest.mark.parametrize(("problem", "damage"), DAMAGES.items(), ids=list(DAMAGES))
def test_a_model_it_cannot_run_is_refused_with_what_to_do(saved_model, tmp_path, problem, damage):
    model = shutil.copytree(saved_model, tmp_path / "model")
    damage(model)
    with pytest.raises(ColorizerError, match=f"(?s){problem}"):
        Colorizer(model)
