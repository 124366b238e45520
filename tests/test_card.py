"""The model card: figures of the report, of this very model, and nothing unwritten."""

import json
import runpy
import shutil
from pathlib import Path

import pytest

from colorizer_tf.cli.main import main

ROOT = Path(__file__).parents[1]
CARDS = ROOT / "training" / "cards"


@pytest.fixture(scope="module")
def report(saved_model, tmp_path_factory):
    from tests.drawing import write_photos

    folder = tmp_path_factory.mktemp("report")
    write_photos(folder / "photos", 12)
    flags = ["--photos", str(folder / "photos"), "--out", str(folder), "--resamples", "100"]
    assert main(["evaluate", f"mine={saved_model}", "--no-cost", "--quiet", *flags]) == 0
    return folder / "report.json"


@pytest.fixture
def tree(saved_model, tmp_path):
    """A model, a run of two epochs, and texts written by hand."""
    shutil.copytree(saved_model, tmp_path / "savedmodels" / "mine")
    info = tmp_path / "savedmodels" / "mine" / "model.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"kind": "cnn"}))
    run = tmp_path / "run-64"
    run.mkdir()
    (run / "config.json").write_text(json.dumps({"batch_size": 8, "size": 64}))
    rows = [{"step": 3600, "images_per_second": 4}, {"step": 5400, "images_per_second": 8}]
    (run / "history.json").write_text(json.dumps(rows))
    cards = tmp_path / "cards"
    cards.mkdir()
    (cards / "mine.md").write_text("## Intended use\n\nTests.\n")
    (cards / "training-data.md").write_text("## Training data\n\nDrawn.\n")
    return tmp_path


@pytest.fixture
def make_card(tree, report, monkeypatch):
    def run(*more, report=report):
        arguments = [
            "make_card", tree / "savedmodels" / "mine", "--report", f"Drawn={report}", "--recipe",
            tree / "recipes" / "mine.toml", "--run", tree / "run-64", "--hardware", "a desk",
            "--texts", tree / "cards", *more,
        ]  # fmt: skip
        monkeypatch.setattr("sys.argv", [str(word) for word in arguments])
        return runpy.run_path(str(ROOT / "training" / "make_card.py"))["main"]()

    return run


def test_the_card_and_model_json_have_the_report_s_figures(make_card, tree, report):
    assert make_card() == 0
    folder = tree / "savedmodels" / "mine"
    card = (folder / "README.md").read_text()
    told = json.loads(report.read_text())
    figures = {entry["name"]: entry["figures"] for entry in told["entries"]}
    cells = []
    for name in ("mine", "gray"):
        value, low, high = (figures[name]["delta_e"][key] for key in ("value", "low", "high"))
        cells.append(f"{value:.2f} [{low:.2f}, {high:.2f}]")
    assert f"| CIEDE2000 | {cells[0]} | {cells[1]} | – |" in card.splitlines()
    stated = json.loads((folder / "model.json").read_text())["evaluation"]
    assert stated["figures"]["psnr"] == figures["mine"]["psnr"]
    assert stated["gray"]["psnr"] == figures["gray"]["psnr"]
    assert stated["photos"] == {"source": "photos", "given": 12, "compared": 12}
    ratio = stated["figures"]["hue_diversity_ratio"]["value"]
    true = stated["truth"]["hue_diversity"]["value"]
    assert ratio == pytest.approx(stated["figures"]["hue_diversity"]["value"] / true, rel=1e-4)
    difference = figures["mine"]["delta_e"]["value"] - figures["gray"]["delta_e"]["value"]
    verdict = "better" if difference < 0 else "worse"
    assert f"- CIEDE2000 less gray's, photo by photo: {difference:+.2f} [" in card
    assert f"], {verdict}\n" in card


def test_the_card_tells_of_training_and_texts(make_card, tree):
    assert make_card("--run", tree / "run-64", "--wall-time", "a day") == 0
    card = (tree / "savedmodels" / "mine" / "README.md").read_text()
    assert "[mine.toml](../../recipes/mine.toml);\n86,400 samples in all" in card
    assert "a day on a desk" in card
    # 3600 steps of 8 at 4 a second are 2 hours, 1800 of 8 at 8 a second half an hour.
    assert card.count("| run-64 | 64 px | 43,200 | 2.5 hours |") == 2
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Intended use", "## Figures", "## Training", "## Training data", "## License"
    ]  # fmt: skip


def test_the_card_names_the_folders_that_no_stage_was_trained_on(make_card, tree):
    second = shutil.copytree(tree / "run-64", tree / "run-96")
    for run, left_out in ((tree / "run-64", "zoo,sea"), (second, "sea,zoo,moor")):
        config = json.loads((run / "config.json").read_text()) | {"left_out": left_out}
        (run / "config.json").write_text(json.dumps(config))
    assert make_card("--run", second) == 0
    card = (tree / "savedmodels" / "mine" / "README.md").read_text()
    assert "Left out of training, to judge it on: sea, zoo.\n" in card


def refusal(make_card, tree, capsys, *more, **others):
    before = (tree / "savedmodels" / "mine" / "model.json").read_bytes()
    assert make_card(*more, **others) == 1
    assert (tree / "savedmodels" / "mine" / "model.json").read_bytes() == before
    assert not (tree / "savedmodels" / "mine" / "README.md").exists()
    return capsys.readouterr().err


def test_what_is_unwritten_is_refused(make_card, tree, capsys):
    shutil.copy(CARDS / "training-data.md", tree / "cards")
    (tree / "cards" / "mine.md").write_text("## What it does badly\n\nTO WRITE\n")
    assert "mine.md has a part that says TO WRITE" in refusal(make_card, tree, capsys)


def test_figures_of_other_weights_are_refused(make_card, tree, report, capsys):
    told = json.loads(report.read_text())
    for entry in told["entries"]:
        entry["weights_sha256"] = "0" * 64
    (tree / "other.json").write_text(json.dumps(told))
    said = refusal(make_card, tree, capsys, report=tree / "other.json")
    assert "evaluate with this model" in said
    assert "has no figures of 'x', only of gray" in refusal(make_card, tree, capsys, "--entry", "x")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "x", "schema_version": 1}'])
def test_what_is_no_report_is_refused(make_card, tree, capsys, text):
    (tree / "wrong.json").write_text(text)
    said = refusal(make_card, tree, capsys, report=tree / "wrong.json")
    assert "wrong.json is not a report.json" in said
    assert "colorizer-tf evaluate" in said
