"""`colorizer-tf colorize` through the front door."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.cli.main import main
from colorizer_tf.inference.catalog import shipped_folder
from tests.batch.painting import draw, outputs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    draw(folder / "a.png", 1, size=(31, 20))
    draw(folder / "sub" / "b.jpg", 2, size=(31, 20))
    return folder


def colorize(model, *arguments):
    return main(["colorize", "--model", str(model), *map(str, arguments)])


def test_colorizes_a_tree(saved_model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert colorize(saved_model, photos, "--out", out, "--compare", "--size", 16) == 0
    assert outputs(out) == [
        "a_colorized.png", "a_compare.png", "sub/b_colorized.jpg", "sub/b_compare.jpg"
    ]  # fmt: skip
    with Image.open(out / "a_colorized.png") as colored:
        expected = Colorizer(saved_model, size=16).colorize(photos / "a.png")
        np.testing.assert_array_equal(np.asarray(colored), expected)
    captured = capsys.readouterr()
    assert captured.out.startswith("2 colorized, 0 skipped, 0 failed")
    assert f"photos/s, in {out}" in captured.out
    assert "note: 2 photos already in color" in captured.out
    assert captured.err.startswith("colorizing: 2 of 2 photos")
    assert colorize(saved_model, photos, "--out", out, "--size", 16) == 0
    said = capsys.readouterr().out
    assert said.startswith("0 colorized, 2 skipped, 0 failed")
    assert "2 photos done already with this model and these settings; --overwrite" in said
    assert colorize(saved_model, photos, "--out", out, "--size", 8) == 0
    assert "2 photos replaced the result of another model" in capsys.readouterr().out


def test_writes_variants_and_confidence(photos, tmp_path, capsys):
    out, model = tmp_path / "out", shipped_folder("cnn")
    asked = ("--out", out, "--variants", 2, "--seed", 7, "--size", 32, "--confidence")
    assert colorize(model, photos / "a.png", *asked) == 0
    names = ["a_colorized-1.png", "a_colorized-2.png", "a_confidence.png"]
    assert outputs(out) == names
    expected = Colorizer(model, size=32).variants(photos / "a.png", 2, seed=7)
    for name, picture in zip(names, expected, strict=False):
        np.testing.assert_array_equal(np.asarray(Image.open(out / name)), picture)
    capsys.readouterr()
    assert colorize(model, photos / "a.png", *asked) == 0
    assert capsys.readouterr().out.startswith("0 colorized, 1 skipped")
    assert colorize(model, photos, "--variants", 2, "--compare") == 2
    assert "no --compare with --variants" in capsys.readouterr().err


def test_writes_to_output_by_default(saved_model, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert colorize(saved_model, photos / "a.png") == 0
    assert outputs(tmp_path / "output") == ["a_colorized.png"]


def test_a_model_by_its_name_and_by_default(saved_model, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shipped = tmp_path / "shipped"
    monkeypatch.setattr(
        "colorizer_tf.inference.catalog.shipped_folder", lambda name: shipped / name
    )
    assert main(["colorize", str(photos)]) == 1
    assert "came without one: colorizer-tf train" in capsys.readouterr().err
    for folder in (shipped / "cnn", tmp_path / "savedmodels" / "mine"):
        folder.parent.mkdir()
        folder.symlink_to(saved_model)
    assert main(["colorize", str(photos)]) == 0
    assert main(["colorize", str(photos), "--dry-run", "--model", "mine"]) == 0
    # The same weights: nothing is to be done again.
    assert "0 to colorize, 2 done already" in capsys.readouterr().out
    assert colorize("mien", photos) == 1
    said = capsys.readouterr().err
    assert "there are: cnn, mine" in said
    assert "did you mean mine?" in said


def test_strength_0_gives_the_gray_photo(saved_model, tmp_path):
    gray = np.random.default_rng(0).integers(0, 256, (9, 13), np.uint8)
    Image.fromarray(gray).save(tmp_path / "a.png")
    assert colorize(saved_model, tmp_path / "a.png", "--out", tmp_path, "--strength", 0) == 0
    with Image.open(tmp_path / "a_colorized.png") as made:
        np.testing.assert_array_equal(np.asarray(made.convert("RGB")), np.dstack([gray] * 3))


def test_format_quality_and_names(saved_model, photos, tmp_path):
    flags = ["--format", "webp", "--quality", 50, "--name-template", "{name}-{model}{ext}"]
    assert colorize(saved_model, photos, "--out", tmp_path / "out", *flags) == 0
    assert outputs(tmp_path / "out") == ["a-wild.webp", "sub/b-wild.webp"]


def test_bad_photos_are_named_and_the_others_done(saved_model, photos, tmp_path, capsys):
    (photos / "bad.jpg").write_bytes(b"no picture")
    out, report = tmp_path / "out", tmp_path / "report.json"
    missing = tmp_path / "missing.png"
    assert colorize(saved_model, photos, missing, "--out", out, "--report", report) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("2 colorized, 0 skipped, 2 failed")
    assert [line for line in captured.err.splitlines() if line.startswith("failed")] == [
        f"failed: {photos / 'bad.jpg'}: not a picture in a known format",
        f"failed: {missing}: no such file or folder",
    ]
    told = json.loads(report.read_text())
    assert told["format_version"] == 1
    assert told["model"]["name"] == "wild"
    assert told["options"]["out"] == str(out)
    assert (told["interrupted"], told["stopped"]) == (False, "")
    totals = told["totals"]
    assert [totals[key] for key in ("done", "skipped", "failed", "left")] == [2, 0, 2, 0]
    by_name = {Path(file["source"]).name: file for file in told["files"]}
    assert list(by_name) == ["a.png", "bad.jpg", "b.jpg", "missing.png"]
    made = by_name["a.png"]
    assert (made["status"], made["width"], made["height"]) == ("done", 31, 20)
    assert made["output"] == str(out / "a_colorized.png")
    assert made["bytes"] == (out / "a_colorized.png").stat().st_size
    assert made["seconds"] > 0
    assert made["model"] == "wild"
    bad = by_name["bad.jpg"]
    assert (bad["status"], bad["output"]) == ("failed", None)
    assert bad["reason"] == "not a picture in a known format"


def test_the_report_names_any_bytes(saved_model, tmp_path):
    photo = draw(tmp_path / os.fsdecode(b"\xff\n.png"))
    report = tmp_path / "reports" / "report.json"
    assert colorize(saved_model, photo, "--out", tmp_path / "out", "--report", report) == 0
    (file,) = json.loads(report.read_text("ascii"))["files"]
    assert os.fsencode(file["output"]).endswith(b"/out/\xff\n_colorized.png")


def test_a_zip_and_a_pattern(saved_model, photos, tmp_path):
    with zipfile.ZipFile(tmp_path / "album.zip", "w") as archive:
        archive.write(photos / "a.png", "x/a.png")
    out = tmp_path / "out"
    assert colorize(saved_model, tmp_path / "album.zip", photos / "**/*.jpg", "--out", out) == 0
    assert outputs(out) == ["album_colorized.zip", "sub/b_colorized.jpg"]
    with zipfile.ZipFile(out / "album_colorized.zip") as archive:
        assert archive.namelist() == ["x/a_colorized.png"]


@pytest.mark.parametrize("how", ["list", "list null", "stdin", "stdin list"])
def test_paths_from_a_list(saved_model, photos, tmp_path, monkeypatch, how):
    monkeypatch.chdir(photos.parent)
    end = b"\0" if "null" in how else b"\n"
    text = b"photos/a.png" + end + b"photos/sub/b.jpg" + end
    (tmp_path / "list.txt").write_bytes(text)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    flags = {
        "list": ["--list", "list.txt"],
        "list null": ["--list", "list.txt", "--null"],
        "stdin": ["-"],
        "stdin list": ["--list", "-"],
    }
    assert colorize(saved_model, *flags[how], "--out", "out") == 0
    assert outputs(tmp_path / "out") == ["photos/a_colorized.png", "photos/sub/b_colorized.jpg"]


def test_one_photo_has_no_rate(saved_model, photos, tmp_path, capsys):
    assert colorize(saved_model, photos / "a.png", "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    assert "/s" not in said.out + said.err


def test_a_dry_run_agrees_with_the_run_about_a_touched_photo(saved_model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    with zipfile.ZipFile(photos / "album.zip", "w") as archive:
        archive.write(photos / "a.png", "a.png")
    arguments = [photos, photos / "album.zip", "--out", out]
    assert colorize(saved_model, *arguments) == 0
    (photos / "sub" / "b.jpg").write_bytes((photos / "sub" / "b.jpg").read_bytes() + b"more")
    for touched in ("a.png", "album.zip"):
        os.utime(photos / touched, ns=(1, 1))
    capsys.readouterr()
    assert colorize(saved_model, *arguments, "--dry-run") == 0
    assert "1 to colorize, 2 done already, 0 failed" in capsys.readouterr().out
    assert colorize(saved_model, *arguments) == 0
    assert capsys.readouterr().out.startswith("1 colorized, 2 skipped, 0 failed")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("https://example.org/a.jpg", "a URL: download it first"),
        ("model", "is a model"),
        ("run", "is a run"),
    ],
)
def test_what_is_no_photo_is_recognized(saved_model, tmp_path, monkeypatch, capsys, path, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").symlink_to(saved_model)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    assert colorize(saved_model, path) == 1
    assert told in capsys.readouterr().err


def test_files_that_are_not_read_are_counted_at_the_end(
    saved_model, photos, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "av", None)
    for name in ("a.cr2", "b.mp4", "sub/c.mp4", "notes.txt"):
        (photos / name).touch()
    album, report = tmp_path / "album.zip", tmp_path / "report.json"
    with zipfile.ZipFile(album, "w") as archive:
        archive.write(next(photos.rglob("*.png")), "a.png")
        archive.writestr("b.mp4", b"")
        archive.writestr("notes.txt", b"")
    flags = ["--out", tmp_path / "out", "--report", report]
    assert colorize(saved_model, photos, album, *flags) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "passed by: 1 camera raw file; develop them to TIFF or JPEG first",
        'passed by: 2 films; pip install "colorizer-tf[video]" takes them in',
        "passed by: 1 film in an archive; unpack the archive to color them",
        "passed by: 2 text files; they hold no photos",
    ]
    counts = {"camera raw files": 1, "films": 2, "films in archives": 1, "text files": 2}
    assert json.loads(report.read_text("ascii"))["passed_by"] == counts


def test_quiet_says_only_what_failed(saved_model, photos, tmp_path, capsys):
    assert colorize(saved_model, photos, "--out", tmp_path / "out", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    out = tmp_path / "out"
    assert colorize(saved_model, tmp_path / "missing.png", "--out", out, "--quiet") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"failed: {tmp_path / 'missing.png'}: no such file or folder"
    ]


def test_a_name_in_no_encoding_can_be_printed(saved_model, tmp_path, capsys):
    assert colorize(saved_model, tmp_path / "gone\udcff\n\x1b[2J.png", "--out", tmp_path) == 1
    assert "gone\\udcff\\n\\x1b[2J.png" in capsys.readouterr().err


def test_a_folder_without_photos_is_an_error(saved_model, tmp_path, capsys):
    assert colorize(saved_model, tmp_path, "--out", tmp_path / "out") == 1
    assert f"no photos in {tmp_path}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_model_is_an_error_that_says_what_to_run(photos, tmp_path, capsys):
    for flags in ([], ["--dry-run"]):
        assert colorize(tmp_path / "nowhere", photos, "--out", tmp_path / "out", *flags) == 1
        assert "colorizer-tf export" in capsys.readouterr().err


def test_the_model_is_looked_up_before_folders_are_searched(photos, tmp_path, monkeypatch, capsys):
    searched = []
    monkeypatch.setattr("colorizer_tf.batch.finding.find", lambda *_: searched.append(1))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.json").write_text("{")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    told = {
        "nowhere": "no model folder",
        "broken": "cannot be read",
        "run": "is a run: colorizer-tf export",
        "photos": "no model, but photos",
        "https://example.org/cnn": "download the model",
    }
    for model, message in told.items():
        path = model if "://" in model else tmp_path / model
        assert colorize(path, photos, "--out", tmp_path / "out") == 1
        assert message in capsys.readouterr().err
    assert not searched


def test_a_dry_run_says_what_a_run_does_and_does_nothing(saved_model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = [photos, tmp_path / "missing.png", "--out", out]
    assert colorize(saved_model, photos, "--out", out, "--dry-run") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{photos / 'a.png'} -> {out / 'a_colorized.png'}",
        f"{photos / 'sub' / 'b.jpg'} -> {out / 'sub' / 'b_colorized.jpg'}",
        "2 to colorize, 0 done already, 0 failed; nothing was written",
    ]
    assert not out.exists()
    assert colorize(saved_model, photos / "a.png", "--out", out, "--quiet") == 0
    assert colorize(saved_model, *arguments, "--dry-run") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"skip: {photos / 'a.png'}: done already",
        f"{photos / 'sub' / 'b.jpg'} -> {out / 'sub' / 'b_colorized.jpg'}",
        f"failed: {tmp_path / 'missing.png'}: no such file or folder",
        "1 to colorize, 1 done already, 1 failed; nothing was written",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--size", "0"],
        ["--workers", "0"],
        ["--size", "5000"],
        ["--strength", "2.1"],
        ["--strength", "nan"],
        ["--quality", "0"],
        ["--name-template", "{who}{ext}"],
        ["--null"],
        ["--list", "nowhere.txt"],
        ["--dry-run", "--report", "x.json"],
        ["--report", "photo.jpg"],
    ],
)
def test_wrong_usage_is_2_and_nothing_is_loaded(photos, tmp_path, wrong):
    assert colorize(tmp_path / "no model", photos, "--out", tmp_path / "out", *wrong) == 2
    assert not (tmp_path / "out").exists()


def test_no_photos_are_wrong_usage():
    assert main(["colorize", "--model", "x"]) == 2
    assert main(["colorize", "--model", "x", "-", "--list", "-"]) == 2


def start(model, folder, *flags):
    return subprocess.Popen(
        [sys.executable, "-m", "colorizer_tf", "colorize", "--model", model, folder, *flags],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As a terminal starts it: a shell's background jobs, these tests too, ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_ctrl_c_is_130_with_a_report_of_what_was_done(saved_model, tmp_path):
    folder, out, report = tmp_path / "in", tmp_path / "out", tmp_path / "report.json"
    first = draw(folder / "0.png", size=(900, 900))
    for number in range(1, 200):
        os.link(first, folder / f"{number}.png")
    process = start(saved_model, folder, "--out", out, "--report", report, "--workers", "1")
    while not (out.is_dir() and outputs(out)):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; run the same command again" in error
    assert "Traceback" not in error
    told = json.loads(report.read_text())
    assert told["interrupted"]
    done = [file["output"] for file in told["files"] if file["status"] == "done"]
    assert 1 <= len(done) == told["totals"]["done"] < 200
    assert told["totals"]["left"] == 200 - len(told["files"])
    assert {str(out / name) for name in outputs(out)} >= set(done)


def test_tensorflow_is_not_loaded_where_it_is_not_needed(saved_model, photos, tmp_path):
    code = (
        "import sys; from colorizer_tf.cli.main import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    command = ["colorize", "--model", saved_model, photos, "--out", tmp_path / "out"]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_what_is_asked_of_the_model_is_told_and_reported(saved_model, photos, tmp_path, capsys):
    model = shutil.copytree(saved_model, tmp_path / "model")
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(info | {"trained_at": 32}))
    report = tmp_path / "report.json"
    flags = ["--model", str(model), "--out", str(tmp_path / "out"), "--report", str(report)]
    assert main(["colorize", str(photos), *flags, "--size", "64", "--mirror"]) == 0
    assert "warning: size 64 is beyond the 32 px" in capsys.readouterr().err
    options = json.loads(report.read_text())["options"]
    assert (options["size"], options["mirror"], options["temperature"]) == (64, True, None)
    assert main(["colorize", str(photos), *flags[:4], "--temperature", "0.5"]) == 2
    assert "predicts ab" in capsys.readouterr().err


def test_restore_needs_no_value_and_takes_parts(saved_model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    given = [photos / "a.png", "--out", out, "--size", 16]
    assert colorize(saved_model, "--restore", *given) == 0
    assert colorize(saved_model, *given, "--restore", "dust,border,neutral,denoise,levels") == 0
    assert "done already" in capsys.readouterr().out
    assert colorize(saved_model, *given, "--restore", "levels") == 0
    assert "replaced the result" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        colorize(saved_model, "--restore", "levls", *given)
    assert caught.value.code == 2
    assert "did you mean levels?" in capsys.readouterr().err
