"""Palettes and references: toward the colors given, at the photo's own lightness, no farther."""

import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.cli.main import main
from colorizer_tf.inference.guidance import Guidance

PALETTE = ["#7a4b2a", "#c8b28a", "#2d4a6b"]


@pytest.fixture(scope="module")
def shipped():
    return Colorizer("cnn", runtime="onnx", threads=1)


@pytest.fixture(scope="module")
def cat():
    return np.ascontiguousarray(skimage.data.chelsea()[::3, ::3])


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def from_palette(picture):
    colors = np.array([lab(np.array(Image.new("RGB", (1, 1), c))[0, 0] / 255) for c in PALETTE])
    apart = np.linalg.norm(lab(picture)[..., None, 1:] - colors[:, 1:], axis=-1)
    return apart.min(axis=-1).mean()


def test_a_palette_draws_colors_toward_it(shipped, cat):
    plain, drawn = shipped.colorize(cat), shipped.colorize(cat, palette=PALETTE)
    assert from_palette(drawn) < 0.75 * from_palette(plain)
    assert np.abs(lab(drawn)[..., 0] - lab(plain)[..., 0]).mean() < 0.3


def test_a_reference_brings_its_colors_to_what_is_alike(shipped, cat, tmp_path):
    # The same cat in other colors, mirrored: places tell nothing.
    other = lab(cat[:, ::-1])
    other[..., 1:] = -other[..., 1:]
    colors = np.round(skimage.color.lab2rgb(other) * 255).astype(np.uint8)
    Image.fromarray(colors).save(tmp_path / "other.png")
    plain = shipped.colorize(cat)
    carried = shipped.colorize(cat, reference=tmp_path / "other.png")
    wanted = lab(colors[:, ::-1])
    before, after = (
        skimage.color.deltaE_ciede2000(lab(each), wanted).mean() for each in (plain, carried)
    )
    assert after < 0.7 * before


def test_a_reference_of_other_things_does_little(shipped, cat, tmp_path):
    Image.fromarray(np.full((60, 80, 3), (0, 60, 0), np.uint8)).save(tmp_path / "other.png")
    gray = np.clip(cat[..., 0].astype(int) // 3 + 150, 0, 255).astype(np.uint8)
    found = shipped.guide(gray, Guidance(reference=str(tmp_path / "other.png")))
    assert found.notes[0].startswith("the reference matches ")
    assert int(found.notes[0].split()[3].rstrip("%")) < 30
    moved = shipped.merge(gray, found.prediction)
    apart = skimage.color.deltaE_ciede2000(lab(moved), lab(shipped.colorize(gray)))
    assert apart.mean() < 4


def test_the_command_line(shipped, cat, tmp_path, capsys):
    Image.fromarray(cat).save(tmp_path / "cat.png")
    out = tmp_path / "out"
    command = ["colorize", "--model", "cnn", str(tmp_path / "cat.png"), "--out", str(out)]
    extra = ["--palette", ",".join(PALETTE), "--reference", str(tmp_path / "cat.png")]
    assert main([*command, *extra]) == 0
    assert "the reference matches" in capsys.readouterr().out
    with Image.open(out / "cat_colorized.png") as colored:
        expected = shipped.colorize(cat, palette=PALETTE, reference=tmp_path / "cat.png")
        np.testing.assert_array_equal(np.asarray(colored), expected)
    assert main([*command, *extra]) == 0
    assert capsys.readouterr().out.startswith("0 colorized, 1 skipped")
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("1 colorized, 0 skipped")


def test_what_is_wrong_is_said(shipped, cat, tmp_path, capsys):
    with pytest.raises(UsageError, match="CSS name"):
        shipped.colorize(cat, palette=["#12"])
    Image.fromarray(cat[..., 0]).save(tmp_path / "gray.png")
    with pytest.raises(ColorizerError, match="is gray, expected color"):
        shipped.colorize(cat, reference=tmp_path / "gray.png")
    assert main(["colorize", "a.jpg", "--reference", str(tmp_path / "none.jpg")]) == 2
    assert "expected a color photo" in capsys.readouterr().err
