"""`colorizer-tf records verify|show` through the front door."""

import json
import shutil

import cv2
import numpy as np
import pytest

from colorizer_tf.cli.main import main
from tests.records.tfrecord_reader import read_records


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    # The commands keep away from GPUs by this variable; it must not reach the other tests.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")


def records(*arguments):
    return main(["records", *map(str, arguments)])


def test_verify_of_a_sound_set(record_set, capsys):
    assert records("verify", record_set) == 0
    assert "48 records in" in capsys.readouterr().out


def test_verify_names_what_differs(record_set, tmp_path, capsys):
    folder = shutil.copytree(record_set, tmp_path / "set")
    (folder / "train-00000.tfrecord").unlink()
    assert records("verify", folder) == 1
    said = capsys.readouterr().err
    assert "train-00000.tfrecord: missing" in said
    assert "--overwrite" in said


@pytest.mark.parametrize("action", ["verify", "show"])
def test_no_set(tmp_path, capsys, action):
    assert records(action, tmp_path) == 1
    assert "build-records" in capsys.readouterr().err


def test_show_prints_and_draws(record_set, tmp_path, capsys):
    assert records("show", record_set, "--out", tmp_path / "sheet.png") == 0
    said = capsys.readouterr().out
    manifest = json.loads((record_set / "manifest.json").read_text())
    assert f"{manifest['records']['train']} records" in said
    assert "meadow" in said
    sheet = cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1]
    # Tiles of 32 px, 4 px apart: the first is one of the set's pictures.
    tile = cv2.cvtColor(np.ascontiguousarray(sheet[4:36, 4:36]), cv2.COLOR_RGB2LAB).astype(int)
    pictures = [
        np.frombuffer(r["lab"], np.uint8).reshape(32, 32, 3) for r in read_records(record_set)
    ]
    assert min(np.abs(tile - picture).mean() for picture in pictures) < 2


def test_show_draws_the_same_sheet_in_the_set_s_folder(record_set, tmp_path):
    sheets = []
    for name in ("one", "two"):
        folder = shutil.copytree(record_set, tmp_path / name)
        assert records("show", folder) == 0
        sheets.append((folder / "contact-sheet.png").read_bytes())
    assert sheets[0] == sheets[1]


def test_show_of_damaged_records_is_an_error(record_set, tmp_path, capsys):
    folder = shutil.copytree(record_set, tmp_path / "set")
    for shard in folder.glob("*.tfrecord"):
        shard.write_bytes(shard.read_bytes()[:1000])
    assert records("show", folder) == 1
    assert "damaged" in capsys.readouterr().err
