"""`colorizer-tf export` through the front door."""

import json

import pytest

from colorizer_tf.cli.main import main


def export(*arguments):
    return main(["export", *map(str, arguments)])


def export_plain(*arguments):
    """Without the other formats, which take half of the time."""
    return export(*arguments, "--formats", "savedmodel")


def test_exports_to_the_named_folder(run_folder, tmp_path, capsys):
    out = tmp_path / "made"
    assert export(run_folder, "--out", out, "--size", 40, "--license", "CC0-1.0") == 0
    info = json.loads((out / "model.json").read_text())
    assert (info["name"], info["size"], info["license"]) == ("made", 40, "CC0-1.0")
    assert f"--model {out}" in capsys.readouterr().out


def test_exports_under_the_run_s_name_and_overwrites_where_asked(
    run_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert export_plain(run_folder) == 0
    assert (tmp_path / "savedmodels" / "first" / "saved_model.pb").is_file()
    assert export_plain(run_folder, "--name", "second") == 0
    assert (tmp_path / "savedmodels" / "second" / "saved_model.pb").is_file()
    assert export_plain(run_folder, "--name", "second") == 1
    assert "--overwrite" in capsys.readouterr().err
    assert export_plain(run_folder, "--name", "second", "--overwrite") == 0


def test_no_run_is_an_error_that_says_what_to_run(tmp_path, capsys):
    assert export(tmp_path / "nowhere") == 1
    error = capsys.readouterr().err
    assert "colorizer-tf train" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("wrong", [["--size", "0"], ["--out", "a", "--name", "b"]])
def test_contradictions_are_wrong_usage(run_folder, wrong):
    assert export(run_folder, *wrong) == 2
