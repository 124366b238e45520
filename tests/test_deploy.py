"""Models in other code: the C program, the examples of the pages, and what servers see."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.color
import tensorflow as tf
from PIL import Image

from tests.drawing import draw_photo

ROOT = Path(__file__).parents[1]
HEADER = Path(tf.sysconfig.get_include(), "tensorflow", "c", "c_api.h")


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    Image.fromarray(draw_photo(np.random.default_rng(3), 40, 56)).save(path, quality=95)
    return path


@pytest.fixture(scope="module")
def colored(saved_model, photo):
    model = tf.saved_model.load(str(saved_model))
    answer = model.signatures["colorize_bytes"](encoded=tf.constant([photo.read_bytes()]))
    return tf.io.decode_png(answer["png_bytes"][0]).numpy()


@pytest.fixture(scope="module")
def c_program(tmp_path_factory):
    if not shutil.which("gcc") or not shutil.which("make"):
        pytest.skip("no gcc or make here to build examples/c with")
    if not HEADER.is_file():
        pytest.skip("this TensorFlow brings no C headers")
    folder = tmp_path_factory.mktemp("c")
    for name in ("Makefile", "colorize.c"):
        shutil.copy(ROOT / "examples" / "c" / name, folder)
    # The usual linker takes four times as long for TensorFlow's gigabyte.
    linker = "LDFLAGS=-fuse-ld=gold" if shutil.which("ld.gold") else "LDFLAGS="
    subprocess.run(["make", "-C", folder, f"PYTHON={sys.executable}", "CC=gcc", linker], check=True)
    return folder / "colorize"


def test_the_c_program_gives_the_same_picture(c_program, saved_model, photo, colored, tmp_path):
    out = tmp_path / "out.png"
    subprocess.run([c_program, saved_model, photo, out], check=True, capture_output=True)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), colored)


def test_the_c_program_says_what_failed(c_program, saved_model, photo, tmp_path):
    garbage = tmp_path / "garbage.jpg"
    garbage.write_bytes(b"no picture")
    out = tmp_path / "out.png"
    for arguments, code, reason in [
        ([saved_model, garbage, out], 1, "Unknown image file format"),
        ([saved_model, tmp_path / "missing.jpg", out], 1, "cannot be read"),
        ([tmp_path, photo, out], 1, "SavedModel"),
        ([saved_model, photo, tmp_path / "no" / "where.png"], 1, "cannot be written"),
        ([saved_model], 2, "usage"),
    ]:
        done = subprocess.run([c_program, *arguments], check=False, capture_output=True, text=True)
        assert (done.returncode, reason in done.stderr) == (code, True), done.stderr
    assert not out.exists()


def test_a_process_lives_through_wrong_calls(saved_model, photo, colored):
    model = tf.saved_model.load(str(saved_model))
    signatures = model.signatures
    data = photo.read_bytes()
    for name, wrong in [
        ("colorize_bytes", {"encoded": tf.constant([b"garbage"])}),
        ("colorize_bytes", {"encoded": tf.constant([data, data[:200]])}),
        ("colorize_bytes", {"encoded": tf.constant([1.0])}),
        ("colorize", {"image": tf.zeros([1, 4, 4, 3])}),
        ("colorize", {"image": tf.zeros([1, 4, 4, 5], tf.uint8)}),
        ("predict_ab", {"lightness": tf.zeros([1, 4, 4, 2])}),
        ("predict_ab", {"photo": tf.zeros([1, 4, 4, 1])}),
    ]:
        with pytest.raises((tf.errors.OpError, TypeError, ValueError)):
            signatures[name](**wrong)
            pytest.fail(f"{name} took {wrong}")
    pngs = signatures["colorize_bytes"](encoded=tf.constant([data, data]))["png_bytes"]
    for png in pngs:
        np.testing.assert_array_equal(tf.io.decode_png(png), colored)


def test_a_server_s_json_fits_the_signature(saved_model, photo, colored):
    # TensorFlow Serving's rules: {"b64": ...} is a string's bytes; outputs of strings named
    # *_bytes come back so too, others as text, which a PNG is not; a single output comes bare.
    model = tf.saved_model.load(str(saved_model))
    signature = model.signatures["colorize_bytes"]
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert '\\"inputs\\": {\\"encoded\\": [{\\"b64\\":' in page
    request = {"inputs": {"encoded": [{"b64": base64.b64encode(photo.read_bytes()).decode()}]}}
    (_, arguments) = signature.structured_input_signature
    assert {name: spec.dtype for name, spec in arguments.items()} == {"encoded": tf.string}
    sent = json.loads(json.dumps(request))["inputs"]["encoded"]
    (output,) = signature(
        encoded=tf.constant([base64.b64decode(each["b64"]) for each in sent])
    ).items()
    name, value = output
    assert name.endswith("_bytes")
    np.testing.assert_array_equal(tf.io.decode_png(value[0]), colored)


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB.*negative Z values:UserWarning")
def test_the_onnx_example_colors(saved_model, photo, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    example = page.partition("import cv2, numpy")[2].partition("```")[0]
    (tmp_path / "savedmodels").mkdir()
    (tmp_path / "savedmodels" / "NAME").symlink_to(saved_model)
    shutil.copy(photo, tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec("import cv2, numpy" + example, {})
    lab = skimage.color.rgb2lab(np.asarray(Image.open("photo_colorized.png")))
    assert lab.shape == (40, 56, 3)
    assert np.hypot(lab[..., 1], lab[..., 2]).mean() > 5
