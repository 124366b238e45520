"""`colorizer-tf evaluate` through the front door."""

import json
import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import skimage.color

from colorizer_tf.cli.main import main
from tests.drawing import write_photos
from tests.evaluation.onnx_files import linear

PYTHON = f'"{sys.executable}"'


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, 12)
    return folder


@pytest.fixture(scope="module")
def theirs(photos, tmp_path_factory):
    """What another program made: the photos with half of their color."""
    folder = tmp_path_factory.mktemp("theirs")
    for path in sorted(photos.rglob("*.png")):
        lab = skimage.color.rgb2lab(cv2.imread(str(path))[..., ::-1])
        rgb = np.rint(255 * skimage.color.lab2rgb(lab * [1, 0.5, 0.5])).astype(np.uint8)
        target = folder / path.relative_to(photos)
        target.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(target), rgb[..., ::-1])
    return folder


@pytest.fixture
def run(photos, tmp_path, monkeypatch):
    """Runs the command in an empty folder; gives exit code and report."""
    monkeypatch.chdir(tmp_path)

    def evaluate(*arguments, photos=photos):
        given = ["--photos", str(photos)] if photos else []
        code = main(["evaluate", *map(str, arguments), *given, "--resamples", "100"])
        path = tmp_path / "output" / "evaluation" / "report.json"
        return code, json.loads(path.read_text()) if path.is_file() else None

    return evaluate


def entry(report, name):
    return next(each for each in report["entries"] if each["name"] == name)


def test_a_folder_beside_floor_and_ceiling(run, theirs, tmp_path, capsys):
    code, report = run("--against", f"half={theirs}")
    assert code == 0
    names = [each["name"] for each in report["entries"]]
    assert names == ["gray", "mean-ab", "oracle-256", "half", "truth"]
    value = {name: entry(report, name)["figures"]["delta_e"]["value"] for name in names[:-1]}
    assert value["oracle-256"] < 1 < value["half"] < value["gray"]
    half = entry(report, "half")["figures"]
    assert half["better_than_gray"]["value"] == 1
    assert half["delta_e"]["low"] < half["delta_e"]["value"] < half["delta_e"]["high"]
    said = capsys.readouterr()
    assert "12 of 12 photos, own size, uncropped; protocol 2" in said.out
    assert re.search(r"half is better than gray, -\d", said.out)
    assert "report.html" in said.out
    written = sorted(path.name for path in (tmp_path / "output" / "evaluation").iterdir())
    assert written == ["report.html", "report.json", "report.md"]


def test_rows_are_what_scikit_image_says(run, photos, theirs):
    _, report = run("--against", f"half={theirs}")
    row = report["rows"][5]
    true, half = (
        skimage.color.rgb2lab(cv2.imread(str(folder / row["photo"]))[..., ::-1])
        for folder in (photos, theirs)
    )
    expected = skimage.color.deltaE_ciede2000(true, half)
    assert row["scores"]["half"]["delta_e"] == pytest.approx(expected.mean(), abs=1e-3)
    gray = skimage.color.deltaE_ciede2000(true, true * [1, 0, 0])
    assert row["scores"]["gray"]["delta_e"] == pytest.approx(gray.mean(), abs=0.1)
    every = [each["scores"]["half"]["delta_e"] for each in report["rows"]]
    figure = entry(report, "half")["figures"]["delta_e"]["value"]
    assert figure == pytest.approx(np.mean(every), rel=1e-5)


def test_a_report_says_how_it_was_made_and_what_it_holds(run, theirs):
    _, report = run("--against", f"half={theirs}", "--seed", 3)
    assert (report["schema"], report["schema_version"]) == ("colorizer-tf evaluation", 1)
    assert report["protocol_version"] == 2
    assert report["settings"]["seed"] == 3
    assert report["made_with"]["command"].startswith("colorizer-tf")
    names = {measure["name"] for measure in report["measures"]}
    assert set(entry(report, "half")["figures"]) <= names
    assert {"val_delta_e", "val_psnr", "val_colorfulness"} <= {f"val_{name}" for name in names}
    assert {pair["measure"] for pair in report["pairs"]} <= names


def test_two_runs_give_the_same_report(run, theirs):
    reports = []
    for _ in range(2):
        _, report = run("--against", theirs, "--no-cost")
        report.pop("made_with")
        reports.append(report)
    assert reports[0] == reports[1]


def test_a_model_on_records_with_its_cost(run, saved_model, record_set):
    code, report = run(saved_model, "--records", record_set, photos=None)
    assert code == 0
    names = [each["name"] for each in report["entries"]]
    assert names == ["gray", "mean-ab", "oracle-32", "wild", "truth"]
    cost = entry(report, "wild")["cost"]
    assert cost["parameters"] > 100
    assert cost["size_mb"] > 0.01
    assert 0.1 < cost["photos_per_second"] < 10_000
    assert 50 < cost["peak_memory_mb"] < 4000
    manifest = json.loads((record_set / "manifest.json").read_text())
    assert f"a* = {manifest['color']['mean'][1]:.2f}" in entry(report, "mean-ab")["description"]
    # Our models keep the photo's lightness, to the rounding to 8 bits.
    assert entry(report, "wild")["figures"]["lightness_drift"]["value"] < 0.3


def test_the_mean_ab_comes_from_flag_or_records_or_model(
    run, theirs, saved_model, record_set, tmp_path
):
    def told(*arguments):
        _, report = run("--against", theirs, "--no-cost", "--limit", 2, *arguments)
        return entry(report, "mean-ab")["description"]

    assert told("--mean-ab", "3,-4.5").startswith("a* = 3.00, b* = -4.50")
    assert told("--train-records", record_set).endswith("the mean of set")
    assert "the protocol's" in told()
    model = shutil.copytree(saved_model, tmp_path / "model")
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(info | {"trained_on": {"mean_ab": [5, 6]}}))
    assert told(model).startswith("a* = 5.00, b* = 6.00")


def test_one_model_under_two_names_shows_no_difference(run, saved_model):
    code, report = run(saved_model, f"again={saved_model}", "--no-cost", "--limit", 10)
    assert code == 0
    assert entry(report, "wild")["figures"] == entry(report, "again")["figures"]
    verdicts = {(p["one"], p["two"]): p["verdict"] for p in report["pairs"]}
    assert verdicts["wild", "again"] == "no difference shown"


def test_strengths_give_a_front(run, saved_model, tmp_path, capsys):
    code, report = run(saved_model, "--no-cost", "--strengths", "0.1,1,2", "--limit", 6)
    assert code == 0
    (front,) = report["fronts"]
    assert [point["strength"] for point in front["points"]] == [0.1, 1, 2]
    figures = entry(report, "wild")["figures"]
    for name, figure in front["points"][1]["figures"].items():
        assert figure["value"] == pytest.approx(figures[name]["value"], rel=1e-5), name
    gray = entry(report, "gray")["figures"]["delta_e"]["value"]
    assert figures["delta_e_over_gray"]["value"] == pytest.approx(
        figures["delta_e"]["value"] / gray, rel=1e-4
    )
    assert [level["colorfulness"] for level in front["levels"]] == [0.5, 0.65, 0.75]
    assert "at equal colorfulness" in capsys.readouterr().out
    folder = tmp_path / "output" / "evaluation"
    assert "## At equal colorfulness" in (folder / "report.md").read_text()
    html = (folder / "report.html").read_text()
    assert html.count("<svg") == 3
    assert "colorfulness / truth's" in html


def test_models_are_asked_for_another_size_and_the_mean_of_mirror_images(run, saved_model):
    def told(*arguments):
        _, report = run(saved_model, "--no-cost", "--limit", 3, *arguments)
        return entry(report, "wild")["description"], entry(report, "wild")["figures"]["delta_e"]

    (plain, one), (asked, two) = told(), told("--size", 48, "--mirror")
    assert plain == "model, color at 32 px, wild"
    assert asked == "model, color at 48 px, mean of the photo and its mirror image, wild"
    assert one != two


def test_what_is_asked_counts_for_the_models_that_take_it(run, saved_model):
    asked = ["--temperature", 0.3, "--steps", 2, "--no-cost", "--limit", 1]
    code, report = run(saved_model, "cnn", "diffusion", *asked)
    assert code == 0
    assert entry(report, "wild")["description"] == "model, color at 32 px, wild"
    assert "temperature 0.3" in entry(report, "cnn")["description"]
    assert ", a draw in 2 steps, guidance 1.25," in entry(report, "diffusion")["description"]


def test_without_strengths_there_is_no_front(run, theirs, tmp_path):
    _, report = run("--against", theirs)
    assert (report["fronts"], report["front_pairs"]) == ([], [])
    html = (tmp_path / "output" / "evaluation" / "report.html").read_text()
    assert "At equal colorfulness" not in html


def test_a_model_by_its_name(run, saved_model, tmp_path):
    (tmp_path / "savedmodels").mkdir()
    (tmp_path / "savedmodels" / "mine").symlink_to(saved_model)
    code, report = run("mine", "other=mine", "--no-cost", "--limit", 2)
    assert code == 0
    digest = json.loads((saved_model / "model.json").read_text())["weights_sha256"]
    for name in ("mine", "other"):
        assert entry(report, name)["weights_sha256"] == digest
    assert entry(report, "gray")["weights_sha256"] is None


def test_an_onnx_file_and_a_command_in_one_run(run, tmp_path):
    toml = '[input]\ncolor = "L"\nrange = [0, 100]\n[output]\ncolor = "ab"\n'
    onnx = linear(tmp_path / "flat.onnx", [[0], [0]], [5, 15], toml)
    copy = "import shutil, sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)"
    code, report = run(
        "--onnx", onnx, "--no-cost", "--peer", f"copy={PYTHON} -c '{copy}' {{in}} {{out}}"
    )
    assert code == 0
    copied, gray = (entry(report, name)["figures"]["delta_e"]["value"] for name in ("copy", "gray"))
    assert copied == gray
    assert entry(report, "copy")["cost"]["photos_per_second"] > 0
    assert entry(report, "flat")["figures"]["chroma"]["value"] == pytest.approx(15.8, abs=1.5)


def test_failures_are_named_and_the_rest_goes_on(run, photos, theirs, tmp_path, capsys):
    mixed = shutil.copytree(photos, tmp_path / "mixed")
    (mixed / "bad.jpg").write_bytes(b"no picture")
    fewer = shutil.copytree(theirs, tmp_path / "fewer")
    (fewer / "meadow" / "photo-000.png").unlink()
    (fewer / "stray.png").write_bytes(b"x")
    turned = fewer / "field" / "photo-001.png"
    cv2.imwrite(str(turned), cv2.imread(str(turned)).transpose(1, 0, 2))
    code, report = run(
        "--against", fewer, "--peer", f"broken={PYTHON} -c 'exit(4)' {{in}} {{out}}",
        photos=mixed,
    )  # fmt: skip
    assert code == 1
    said = capsys.readouterr().err
    assert "bad.jpg: not a picture in a known format" in said
    assert "fewer: meadow/photo-000.png: no picture of that name" in said
    assert "fewer: field/photo-001.png: 48x64 pixels, expected the photo's 64x48" in said
    assert "fewer: stray.png matches no photo" in said
    assert "ended with 4" in said
    assert report["photos"] == {
        "source": "mixed",
        "given": 13,
        "compared": 10,
        "unreadable": [{"photo": "bad.jpg", "reason": "not a picture in a known format"}],
    }
    assert entry(report, "broken")["figures"] == {}
    assert entry(report, "fewer")["figures"]["delta_e"]["value"] > 0


def test_nothing_comparable_is_exit_1(run, tmp_path, capsys):
    others = tmp_path / "others"
    write_photos(others / "x", 2)
    for path in list(others.rglob("*.png")):
        path.rename(path.with_name(f"other-{path.name}"))
    code, report = run("--against", others)
    assert (code, report) == (1, None)
    assert "nothing to compare" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run("--against", others, photos=tmp_path / "empty")[0] == 1
    assert "no photos in" in capsys.readouterr().err
    (tmp_path / "empty" / "a.jpg").write_bytes(b"x")
    shutil.copy(tmp_path / "empty" / "a.jpg", others / "a.jpg")
    assert run("--against", others, photos=tmp_path / "empty")[0] == 1
    assert "none of the 1 photos can be read: a.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to score"),
        (["--against", "gray={theirs}"], "two entries are called 'gray'"),
        (["--against", "{theirs}", "--against", "{theirs}"], "two entries are called"),
        (["--against", "gone"], "no source at gone"),
        (["--peer", "echo {in} {out}"], "expected 'NAME=COMMAND'"),
        (["--peer", "x=echo hello"], "{in} and {out}"),
        (["--against", "{theirs}", "--mean-ab", "red"], "expected two numbers"),
        (["--against", "{theirs}", "--mean-ab", ""], "--mean-ab: received ''"),
        (["--against", "{theirs}", "--mean-ab", "1e30,0"], "expected two numbers of -128 to 128"),
        (["--against", "{theirs}", "--seed", "-1"], "seed: received -1, expected at least 0"),
        (["--against", "{theirs}", "gone"], "no model called 'gone'"),
        (["--against", "{theirs}", "--onnx", "x=gone.onnx"], "no ONNX file at gone.onnx"),
        (["--against", "{theirs}", "--limit", "0"], "expected at least 1"),
        (["--against", "{theirs}", "--resize", "4"], "expected at least 11"),
        (["--against", "{theirs}", "--peer-timeout", "nan"], "expected more than 0"),
        (["--against", "{theirs}", "--strengths", "0"], "expected numbers over 0 up to 2"),
        (["--against", "{theirs}", "--temperatures", "0.5,2"], "numbers over 0 up to 1"),
        (["--against", "{theirs}", "--temperature", "2"], "temperature: received 2"),
        (["--against", "{theirs}", "--strengths", "1,1"], "each once"),
        (["cnn", "--steps", "3"], "steps: received 3, expected none: only models of the kind"),
        (["--against", "{theirs}", "--label", "x"], "label: received x, expected none: only"),
    ],
)
def test_wrong_usage_is_exit_2(run, theirs, capsys, arguments, said):
    code, report = run(*(text.replace("{theirs}", str(theirs)) for text in arguments))
    assert (code, report) == (2, None)
    assert said in capsys.readouterr().err


def test_numbers_that_are_none_are_exit_2(run, theirs, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("--against", theirs, "--strengths", "1,x")
    assert "argument --strengths: invalid" in capsys.readouterr().err


def test_what_is_missing_is_found_before_anything_runs_or_is_replaced(
    run, theirs, tmp_path, capsys
):
    before = run("--against", theirs)
    (tmp_path / "bare.onnx").write_bytes(b"x")
    peer = f'mark={PYTHON} -c \'open("ran", "w")\' {{in}} {{out}}'
    for missing, said in (
        (["--onnx", "bare.onnx"], "no description beside it, expected bare.toml"),
        (["--onnx", "gone.onnx"], "no ONNX file at gone.onnx"),
        (["gone"], "no model called 'gone'"),
        (["--against", "gone"], "no source at gone"),
    ):
        assert run("--peer", peer, *missing) == (2, before[1])
        assert said in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


def test_originals_beside_the_pictures_are_not_taken_for_them(
    run, photos, theirs, tmp_path, capsys
):
    both = shutil.copytree(photos, tmp_path / "both")
    for path in theirs.rglob("*.png"):
        shutil.copy(path, both / path.relative_to(theirs).with_stem(f"{path.stem}_colorized"))
    assert run("--against", both) == (1, None)
    assert (
        "photo-001.png, field/photo-001_colorized.png: leave one for each"
        in capsys.readouterr().err
    )
    for path in sorted(both.rglob("*_colorized.png"))[1:]:
        path.with_stem(path.stem.removesuffix("_colorized")).unlink()
    code, report = run("--against", both)
    assert (code, report["photos"]["compared"]) == (1, 11)
    assert "several pictures could be it" in capsys.readouterr().err
    assert entry(report, "both")["figures"]["delta_e"]["value"] > 1


def test_notes_stand_under_a_heading_of_their_own(run, photos, theirs, tmp_path, capsys):
    mixed = shutil.copytree(theirs, tmp_path / "mixed")
    shutil.copy(photos / "field" / "photo-001.png", mixed / "field")
    smaller = mixed / "meadow" / "photo-000.png"
    cv2.imwrite(str(smaller), cv2.imread(str(smaller))[::2, ::2])
    code, report = run("--against", mixed)
    assert (code, entry(report, "mixed")["same"], entry(report, "mixed")["resized"]) == (0, 1, 1)
    for ending in ("md", "html"):
        text = (tmp_path / "output" / "evaluation" / f"report.{ending}").read_text()
        assert "What failed" not in text
        _, _, notes = text.rpartition("Worth knowing")
        assert "1 picture was resized to the photo" in notes
        assert "1 picture is the photo itself, pixel for pixel" in notes
    said = capsys.readouterr()
    assert ("1 picture was resized" in said.out, "failed" in said.err) == (True, False)


def test_few_photos_give_no_verdict_in_any_report(run, theirs, tmp_path, capsys):
    _, report = run("--against", f"half={theirs}", "--limit", 1)
    assert {pair["verdict"] for pair in report["pairs"]} == {"too few photos to tell"}
    said = capsys.readouterr().out
    assert "half: too few photos to tell" in said
    assert "is better than" not in said
    folder = tmp_path / "output" / "evaluation"
    assert "half: too few photos to tell" in (folder / "report.md").read_text()
    html = (folder / "report.html").read_text()
    assert "too few photos to tell</span>" in html
    assert 'class="better"' not in html


def test_nothing_made_is_said_plainly_and_costs_nothing(run, theirs, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    code, report = run(
        "--against", f"half={theirs}", "--against", "Empty=empty",
        "--peer", f"idle={PYTHON} -c 'pass' {{in}} {{out}}",
    )  # fmt: skip
    assert code == 1
    said = capsys.readouterr().err
    assert "Empty: the folder holds no pictures\n" in said
    assert "idle: the command wrote no pictures\n" in said
    assert set(entry(report, "idle")["cost"].values()) == {None}
    assert "## Cost" not in (tmp_path / "output" / "evaluation" / "report.md").read_text()


def test_interrupted_is_exit_130(run, theirs, monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("colorizer_tf.evaluation.run.evaluate", interrupt)
    assert run("--against", theirs) == (130, None)
    assert capsys.readouterr().err == "colorizer-tf: interrupted\n"


def test_quiet_says_only_what_failed(run, theirs, capsys):
    assert run("--against", theirs, "--quiet")[0] == 0
    assert capsys.readouterr() == ("", "")


def test_resize_and_crop(run, theirs):
    _, report = run("--against", theirs, "--resize", 24, "--crop", "--limit", 3)
    assert [(row["height"], row["width"]) for row in report["rows"]] == [(24, 24)] * 3
    assert entry(report, theirs.name)["resized"] == 3
    assert report["settings"]["resize"] == 24


def test_a_missing_weights_file_of_the_fid_is_said_at_once(run, theirs, tmp_path, capsys):
    code, report = run("--against", theirs, "--fid", tmp_path / "gone.h5")
    assert (code, report) == (1, None)
    assert "InceptionV3's weights" in capsys.readouterr().err


@pytest.mark.slow
def test_the_fid_of_any_inception_weights(run, theirs, tmp_path):
    import keras

    weights = tmp_path / "random.weights.h5"
    keras.utils.set_random_seed(1)
    keras.applications.InceptionV3(include_top=False, weights=None).save_weights(weights)
    code, report = run("--against", f"half={theirs}", "--fid", weights)
    assert code == 0
    fid = {each["name"]: each["figures"].get("fid") for each in report["entries"]}
    assert fid["truth"] is None
    assert fid["oracle-256"]["value"] < fid["half"]["value"] < fid["gray"]["value"]
    assert len(report["settings"]["fid_weights_md5"]) == 32
    (tmp_path / "foreign.h5").write_bytes(b"no weights")
    assert run("--against", theirs, "--fid", tmp_path / "foreign.h5")[0] == 1


def test_pictures_are_scored_without_tensorflow():
    code = (
        "import sys; import colorizer_tf.evaluation.report; "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
