"""`colorizer-tf compare` through the front door."""

import json
import re

import pytest
import skimage.color
import skimage.data
from PIL import Image

from colorizer_tf.cli.main import main


@pytest.fixture
def files(tmp_path):
    cat = skimage.data.chelsea()
    Image.fromarray(cat).save(tmp_path / "a.png")
    Image.fromarray(cat).save(tmp_path / "b.jpg", quality=30)
    Image.fromarray(cat[::2, ::2]).save(tmp_path / "half.png")
    return tmp_path


def test_compares_as_scikit_image_does(files, capsys):
    assert main(["compare", str(files / "a.png"), str(files / "b.jpg"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    with Image.open(files / "b.jpg") as other:
        labs = [skimage.color.rgb2lab(picture) for picture in (skimage.data.chelsea(), other)]
    expected = skimage.color.deltaE_ciede2000(*labs).mean()
    assert found["delta_e"] == pytest.approx(expected, abs=1e-3)
    assert found["true_colorfulness"] == pytest.approx(found["colorfulness"], rel=0.1)


def test_prints_a_line_a_measure(files, capsys):
    assert main(["compare", str(files / "a.png"), str(files / "a.png")]) == 0
    lines = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert (lines["delta_e"], lines["psnr"], lines["ssim"]) == ("0.0000", "100.0000", "1.0000")


def test_another_size_is_resized_other_proportions_are_refused(files, capsys):
    assert main(["compare", str(files / "a.png"), str(files / "half.png")]) == 0
    Image.new("RGB", (50, 50)).save(files / "square.png")
    assert main(["compare", str(files / "a.png"), str(files / "square.png")]) == 1
    said = capsys.readouterr().err
    assert "square.png: 50x50 pixels, expected the photo's 451x300" in said
    assert re.search(r"the photo is \S+a\.png", said)


def test_what_is_no_picture_is_named(files, capsys):
    (files / "c.png").write_bytes(b"x")
    assert main(["compare", str(files / "c.png"), str(files / "a.png")]) == 1
    assert "c.png: not a picture" in capsys.readouterr().err
    assert main(["compare", str(files / "gone.png"), str(files / "a.png")]) == 1
