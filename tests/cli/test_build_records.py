"""`colorizer-tf build-records` through the front door."""

import json
import subprocess
import sys

import pytest

from colorizer_tf.cli.main import main
from tests.drawing import write_photos
from tests.records.tfrecord_reader import read_records


def build(*arguments):
    return main(["build-records", *map(str, arguments)])


@pytest.fixture
def photos(tmp_path):
    write_photos(tmp_path / "photos", 8)
    return tmp_path / "photos"


def test_builds_and_sums_up(photos, tmp_path, capsys):
    (photos / "bad.jpg").write_text("hello")
    out = tmp_path / "set"
    assert build(photos, "--out", out, "--size", 16, "--fit", "pad", "--salt", "x") == 0
    said = capsys.readouterr()
    assert "not a picture in a known format  1" in said.out
    assert f"{out} is complete" in said.out
    assert "writing: 9 of 9 photos" in said.err
    options = json.loads((out / "manifest.json").read_text())["options"]
    assert (options["size"], options["fit"], options["salt"]) == (16, "pad", "x")
    assert len(read_records(out)) == 8


def test_default_folder_and_quiet(tmp_path, monkeypatch, capsys):
    write_photos(tmp_path / "photos", 8)
    monkeypatch.chdir(tmp_path)
    assert build("photos", "--size", 16, "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "tfrecords" / "photos" / "manifest.json").is_file()


def test_exit_codes(photos, tmp_path, capsys):
    out = tmp_path / "set"
    assert build(tmp_path / "nowhere", "--out", out) == 2
    assert "no source at" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert build(tmp_path / "empty", "--out", out) == 1
    assert "no usable photo" in capsys.readouterr().err
    assert build(photos, "--out", out, "--quiet") == 0
    assert build(out, "--out", tmp_path / "again") == 1
    assert "set is a record set, expected photos" in capsys.readouterr().err
    assert build(photos, "--out", out, "--quiet", "--size", 64) == 2
    assert "size 128 there, 64 now" in capsys.readouterr().err
    assert build(photos, "--out", out, "--quiet", "--size", 64, "--overwrite") == 0
    (photos / "notes.txt").touch()
    assert build(photos, "--out", out, "--size", 64, "--strict") == 1
    assert "photos/notes.txt: not an image by its name" in capsys.readouterr().err


def test_workers_say_nothing_of_tensorflow_s(photos, tmp_path):
    command = [sys.executable, "-m", "colorizer_tf", "build-records", str(photos), "--quiet"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "set"), "--workers", "2"],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")
