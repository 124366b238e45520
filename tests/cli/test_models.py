"""`colorizer-tf models` through the front door."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from colorizer_tf.cli.main import main
from colorizer_tf.inference import catalog

FIGURE = {"value": 10.123, "low": 9.5, "high": 10.75}
EVALUATION = {
    "photos": {"source": "held-out", "compared": 300},
    "figures": {
        "delta_e": FIGURE,
        "psnr": {"value": 23.456, "low": 23.0, "high": 24.0},
        "colorfulness_ratio": {"value": 0.617, "low": 0.6, "high": 0.7},
        "hue_diversity_ratio": {"value": 0.524},
    },
    "gray": {"delta_e": {"value": 11.389}, "psnr": {"value": 22.071}},
}


@pytest.fixture
def models(saved_model, tmp_path, monkeypatch):
    """An empty working directory, nothing shipped; puts models there, with further facts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalog, "shipped_folder", lambda name: tmp_path / "shipped" / name)

    def put(path, **facts):
        folder = shutil.copytree(saved_model, tmp_path / path)
        info = json.loads((folder / "model.json").read_text()) | facts
        (folder / "model.json").write_text(json.dumps(info))

    return put


def row(said, name):
    (line,) = [line for line in said.splitlines() if line.startswith(name)]
    return line


def test_a_table_of_all_with_figures(models, capsys):
    models("shipped/cnn", kind="cnn", trained_at=96, parameters=4_227_314, evaluation=EVALUATION)
    trained = {"val_delta_e": 10.4, "gray_delta_e": 11.3, "val_psnr": 23.1, "gray_psnr": 22.0}
    more = {"val_colorfulness": 20.0, "true_colorfulness": 40.0}
    more |= {"val_hue_diversity": 0.1, "true_hue_diversity": 0.4}
    models("savedmodels/mine", metrics=trained | more, license="CC0-1.0")
    models("savedmodels/bare")
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    ships = row(said, "cnn *").split()
    assert ships[2] == "ships"
    for shown in ("4,227,314", "96", "cnn", "10.12", "[9.50,", "10.75]", "11.39", "23.46", "22.07",
                  "0.62", "0.52", "300", "Apache-2.0"):  # fmt: skip
        assert shown in ships, shown
    mine = row(said, "mine").split()
    for shown in ("savedmodels/mine", "10.40", "11.30", "0.50", "0.25", "valid", "CC0-1.0"):
        assert shown in mine, shown
    assert "–" in row(said, "bare")
    assert "valid: measured by the training" in said


def test_json_tells_all(models, capsys):
    models("shipped/cnn", evaluation=EVALUATION)
    models("savedmodels/mine")
    (catalog.Path("savedmodels") / "foreign").mkdir()
    assert main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(m["name"], m["default"], m["ships"]) for m in told["models"]] == [
        ("cnn", True, True), ("mine", False, False)
    ]  # fmt: skip
    assert told["models"][0]["model_json"]["evaluation"] == EVALUATION
    assert told["models"][1]["folder"] == os.path.join("savedmodels", "mine")  # noqa: PTH118
    assert 0.001 < told["models"][1]["size_mb"] < 5
    (problem,) = told["problems"]
    assert problem["name"] == "foreign"
    assert "model.json" in problem["reason"]


def test_what_is_broken_is_named_and_the_rest_listed(models, capsys):
    models("savedmodels/mine", size=0)
    models("savedmodels/odd", evaluation=7, metrics=[], parameters="many", kind={}, license=None)
    models("savedmodels/odd2", evaluation={"figures": {"delta_e": {"value": 1e999}}})
    assert main(["models"]) == 0
    said = capsys.readouterr()
    assert "mine: " in said.err
    assert "gives the size 0" in said.err
    assert row(said.out, "odd ")
    assert row(said.out, "odd2 ")


@pytest.mark.usefixtures("models")
def test_no_model_at_all_is_exit_1(capsys):
    assert main(["models"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "colorizer-tf train" in said.err
    assert main(["models", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"models": [], "problems": []}


def test_loads_no_tensorflow(saved_model, tmp_path):
    (tmp_path / "savedmodels").mkdir()
    (tmp_path / "savedmodels" / "mine").symlink_to(saved_model)
    code = (
        "import sys; from colorizer_tf.cli.main import main\n"
        "assert main(['models']) == 0\n"
        "assert not {'tensorflow', 'keras', 'onnxruntime'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "savedmodels/mine" in done.stdout
