"""ONNX files of other people: fed and read as their description says."""

import numpy as np
import pytest
import skimage.color
import skimage.data
from onnx import helper

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation.onnx_peer import OnnxPeer
from colorizer_tf.evaluation.protocol import gray_input
from tests.evaluation.onnx_files import linear, write_onnx

L_TO_AB = '[input]\ncolor = "L"\nrange = [0, 100]\n[output]\ncolor = "ab"\n'


@pytest.fixture(scope="module")
def gray():
    return gray_input(skimage.data.chelsea()[:200])


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def colors_of(picture):
    return lab(picture)[..., 1:]


def test_ab_of_l_at_the_photo_s_own_size(tmp_path, gray):
    # a = L / 5, b = 20 - L / 5: no picture in a wrong range or layout comes near it.
    path = linear(tmp_path / "x.onnx", [[0.2], [-0.2]], [0, 20], L_TO_AB)
    found = OnnxPeer("x", path).colorize(gray)
    lightness = lab(gray)[..., 0]
    expected = np.stack([lightness / 5, 20 - lightness / 5], -1)
    assert np.abs(colors_of(found) - expected).mean() < 0.5
    assert np.abs(lab(found)[..., 0] - lightness).max() < 0.6


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 1.0), (-0.5, 0.5), (0.0, 1.0), (0.0, 255.0), (1.0, 0.0)]
)
def test_ranges(tmp_path, gray, low, high):
    # Undoes the range: 40 times what is 0 for black and 1 for white.
    scale = 40 / (high - low)
    toml = L_TO_AB.replace("[0, 100]", f"[{low}, {high}]")
    path = linear(tmp_path / "x.onnx", [[scale], [0]], [-scale * low, 0], toml)
    found = OnnxPeer("x", path).colorize(gray)
    # In the middle of L, where sRGB holds such colors.
    middle = (lab(gray)[..., 0] > 20) & (lab(gray)[..., 0] < 90)
    expected = lab(gray)[..., 0] * 0.4
    assert np.abs(colors_of(found)[..., 0] - expected)[middle].mean() < 0.5


def test_unit_of_ab_fixed_size_and_mean_and_deviation(tmp_path, gray):
    toml = (
        '[input]\ncolor = "rgb"\nrange = [0, 1]\nsize = 64\nmean = [0.5, 0.4, 0.3]\n'
        'std = [0.2, 0.3, 0.4]\n[output]\ncolor = "ab"\nunit = 110\n'
    )
    # 0.2 x + 0.5 is the gray value again.
    path = linear(tmp_path / "x.onnx", [[0.2, 0, 0], [0, 0, 0.4]], [0.4, 0.2], toml, side=64)
    found = OnnxPeer("x", path)
    assert (found.size, found.colorize(gray).shape) == (64, gray.shape)
    white = np.full((30, 50, 3), 128, np.uint8)
    a, b = colors_of(found.colorize(white)).reshape(-1, 2).mean(axis=0)
    value = 128 / 255
    assert a == pytest.approx(110 * (value - 0.1), abs=0.6)
    assert b == pytest.approx(110 * (value - 0.1), abs=0.6)


def test_rgb_gives_its_colors_and_the_photo_its_lightness(tmp_path, gray):
    toml = '[input]\ncolor = "rgb"\nrange = [0, 255]\n[output]\ncolor = "rgb"\nrange = [0, 255]\n'
    weights = np.diag([0.9, 0.5, 0.3])
    keeps = linear(tmp_path / "keeps.onnx", weights, [0, 0, 0], toml)
    own = linear(tmp_path / "own.onnx", weights, [0, 0, 0], toml + "keep_lightness = false\n")
    expected = gray * weights.diagonal()
    np.testing.assert_allclose(OnnxPeer("x", own).colorize(gray), expected, atol=0.51)
    found = OnnxPeer("x", keeps).colorize(gray)
    assert np.abs(lab(found)[..., 0] - lab(gray)[..., 0]).max() < 0.6
    assert np.abs(colors_of(found) - colors_of(expected / 255)).mean() < 1.5


def test_nhwc_and_multiples(tmp_path, gray):
    toml = (
        '[input]\ncolor = "L"\nrange = [0, 100]\nlayout = "nhwc"\nmultiple_of = 32\n'
        '[output]\ncolor = "ab"\nlayout = "nhwc"\n'
    )
    # Only a tensor of shape (1, 32 m, 32 n, 1) passes the reshape.
    blocks = [
        helper.make_node("SpaceToDepth", ["t"], ["deep"], blocksize=32),
        helper.make_node("DepthToSpace", ["deep"], ["back"], blocksize=32),
        helper.make_node("Concat", ["back", "back"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "k"], ["scaled"]),
    ]
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        *blocks,
        helper.make_node("Transpose", ["scaled"], ["y"], perm=[0, 2, 3, 1]),
    ]
    path = tmp_path / "x.onnx"
    write_onnx(path, nodes, {"k": 0.2}, ("one", "two"), toml)
    found = OnnxPeer("x", path).colorize(gray[:190, :250])
    expected = np.repeat(0.2 * lab(gray[:190, :250])[..., :1], 2, -1)
    assert np.abs(colors_of(found) - expected).mean() < 1


def test_padding_is_cut_off_the_answer(tmp_path):
    toml = L_TO_AB.replace("[0, 100]", '[0, 100]\nsize = 64\nfit = "pad"')
    path = linear(tmp_path / "x.onnx", [[0.4], [0]], [0, 0], toml, side=64)
    # A wide picture, dark to the left: stretched or cut wrongly, its left would not stay there.
    gray = np.repeat(np.linspace(40, 200, 128).astype(np.uint8)[None, :, None], 32, 0).repeat(3, 2)
    found = OnnxPeer("x", path).colorize(gray)
    assert np.abs(colors_of(found)[..., 0] - 0.4 * lab(gray)[..., 0]).max() < 3


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (None, "needs a description"),
        ("color = [", "is no TOML"),
        ('[input]\ncolor = "L"\nrange = [0, 1]\n', r"table \[output\] is missing"),
        (L_TO_AB + "[more]\n", "unknown more"),
        (L_TO_AB.replace("range = [0, 100]\n", ""), "range is missing"),
        (L_TO_AB.replace('"L"', '"Lab"'), "'Lab', expected L or rgb"),
        (L_TO_AB.replace("range", "rage"), "unknown rage"),
        (L_TO_AB.replace("[0, 100]", "[0, 0]"), "two different numbers"),
        (L_TO_AB.replace("[0, 100]", "[0, 100]\nsize = -4"), "expected a side"),
        (L_TO_AB.replace("[0, 100]", "[0, 100]\nsize = 100000"), "expected at most"),
        (L_TO_AB.replace('"ab"', '"rgb"'), "expected one picture of 3 channels"),
    ],
)
def test_what_is_wrong_with_a_description_is_said(tmp_path, gray, toml, said):
    path = linear(tmp_path / "x.onnx", [[0.2], [-0.2]], [0, 20], L_TO_AB)
    if toml is None:
        path.with_suffix(".toml").unlink()
    else:
        path.with_suffix(".toml").write_text(toml)
    with pytest.raises(ColorizerError, match=said):
        OnnxPeer("x", path).colorize(gray)


def test_files_that_cannot_be_run_say_so(tmp_path, gray):
    with pytest.raises(ColorizerError, match="no ONNX file"):
        OnnxPeer("x", tmp_path / "gone.onnx")
    path = linear(tmp_path / "x.onnx", [[0.2], [-0.2]], [0, 20], L_TO_AB, side=31)
    with pytest.raises(ColorizerError, match=r"x\.onnx fails"):
        OnnxPeer("x", path).colorize(gray)
    path.write_bytes(b"no model")
    with pytest.raises(ColorizerError, match="cannot be loaded"):
        OnnxPeer("x", path)
    path = linear(tmp_path / "x.onnx", [[np.nan], [1]], [0, 0], L_TO_AB)
    with pytest.raises(ColorizerError, match="not finite"):
        OnnxPeer("x", path).colorize(gray)
