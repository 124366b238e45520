"""`colorizer-tf colorize` through the front door."""

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.cli.main import main


@pytest.fixture
def photos(tmp_path, rng):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.png", "sub/b.jpg"):
        Image.fromarray(rng.integers(0, 256, (20, 31, 3), np.uint8)).save(folder / name)
    return folder


def colorize(model, *arguments):
    return main(["colorize", "--model", str(model), *map(str, arguments)])


def test_colorizes_a_tree(saved_model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert colorize(saved_model, photos, "--out", out, "--compare", "--size", 16) == 0
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*.png"))
    assert found == [
        "a_colorized.png", "a_compare.png", "sub/b_colorized.png", "sub/b_compare.png"
    ]  # fmt: skip
    with Image.open(out / "a_colorized.png") as coloured:
        assert coloured.size == (31, 20)
    captured = capsys.readouterr()
    assert captured.out.startswith("2 colorized, 0 failed")
    assert str(out) in captured.out
    assert captured.err == ""


def test_writes_to_output_by_default(saved_model, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert colorize(saved_model, photos / "a.png") == 0
    assert (tmp_path / "output" / "a_colorized.png").is_file()


def test_bad_photos_are_named_and_the_others_done(saved_model, photos, tmp_path, capsys):
    (photos / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert colorize(saved_model, photos, tmp_path / "missing.png", "--out", out) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("2 colorized, 2 failed")
    lines = captured.err.splitlines()
    assert lines == [
        f"failed: {photos / 'bad.jpg'}: not a picture in a known format",
        f"failed: {tmp_path / 'missing.png'}: no such file or folder",
    ]


def test_quiet_says_only_what_failed(saved_model, photos, tmp_path, capsys):
    assert colorize(saved_model, photos, "--out", tmp_path / "out", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert colorize(saved_model, tmp_path / "missing.png", "--quiet") == 1
    assert "missing.png" in capsys.readouterr().err


def test_a_name_in_no_encoding_can_be_printed(saved_model, tmp_path, capsys):
    assert colorize(saved_model, tmp_path / "gone\udcff\n.png", "--out", tmp_path / "out") == 1
    assert "gone\\udcff\\n.png" in capsys.readouterr().err


def test_a_folder_without_photos_is_an_error(saved_model, tmp_path, capsys):
    assert colorize(saved_model, tmp_path, "--out", tmp_path / "out") == 1
    assert f"no photos in {tmp_path}" in capsys.readouterr().err


def test_no_model_is_an_error_that_says_what_to_run(photos, tmp_path, capsys):
    assert colorize(tmp_path / "nowhere", photos) == 1
    assert "colorizer-tf export" in capsys.readouterr().err


def test_wrong_usage_is_2(saved_model, photos):
    assert colorize(saved_model, photos, "--size", 0) == 2
    with pytest.raises(SystemExit) as stopped:
        main(["colorize", str(photos)])
    assert stopped.value.code == 2
