"""Scores with hints: Levin's method against a dense solution, and a whole evaluation."""

import json

import numpy as np
import pytest

from colorizer_tf.cli.main import main
from colorizer_tf.evaluation import levin
from tests.drawing import write_photos


def dense(lightness, at, values):
    """The same system pixel by pixel, as the paper writes it, in dense matrices."""
    level = lightness / 100
    height, width = level.shape
    matrix = np.eye(level.size)
    for y in range(height):
        for x in range(width):
            if (y, x) in {tuple(place) for place in at}:
                continue
            around = [
                (min(max(y + v, 0), height - 1), min(max(x + u, 0), width - 1))
                for v in (-1, 0, 1)
                for u in (-1, 0, 1)
            ]
            spread = max(0.6 * np.var([level[place] for place in around]), 2e-5)
            near = {place for place in around if place != (y, x)}
            weights = {p: np.exp(-((level[y, x] - level[p]) ** 2) / (2 * spread)) for p in near}
            for place, weight in weights.items():
                matrix[y * width + x, place[0] * width + place[1]] -= weight / sum(weights.values())
    known = np.zeros((level.size, values.shape[1]))
    known[at[:, 0] * width + at[:, 1]] = values
    return np.linalg.solve(matrix, known).reshape(height, width, -1)


def test_levin_is_the_dense_solution(rng):
    lightness = rng.uniform(40, 60, (7, 9))
    at, values = np.array([[1, 2], [5, 7], [0, 8]]), rng.normal(0, 20, (3, 2))
    found = levin.spread(lightness, at, values)
    np.testing.assert_allclose(found, dense(lightness, at, values), atol=1e-2)
    assert found.min() >= values.min() - 1e-3


def test_an_evaluation_with_hints(saved_model, tmp_path, capsys):
    photos = tmp_path / "photos"
    write_photos(photos, 3, seed=3)
    out = tmp_path / "report"
    command = ["evaluate", str(saved_model), "--photos", str(photos), "--out", str(out)]
    command += ["--hints", "0,2,20", "--no-cost", "--pictures", "2", "--resamples", "20"]
    assert main(command) == 0
    (curve,) = json.loads((out / "report.json").read_text())["hints"]
    assert [point["count"] for point in curve["points"]] == [0, 2, 20]
    none, _, many = (point["figures"] for point in curve["points"])
    (entry,) = [
        e for e in json.loads((out / "report.json").read_text())["entries"] if e["kind"] == "model"
    ]
    assert none["delta_e"]["value"] == pytest.approx(entry["figures"]["delta_e"]["value"], abs=1e-3)
    assert many["delta_e"]["value"] < none["delta_e"]["value"]
    assert many["own_delta_e"]["value"] < 2
    assert many["levin"]["value"] > 0
    assert none["levin"]["value"] is None
    assert "with true colors at points" in capsys.readouterr().out
    assert "With hints" in (out / "report.html").read_text()
    assert "## With hints" in (out / "report.md").read_text()


def test_numbers_of_hints_are_checked(saved_model, tmp_path, capsys):
    command = ["evaluate", str(saved_model), "--photos", str(tmp_path), "--hints", "5,5"]
    assert main(command) == 2
    assert "each once" in capsys.readouterr().err
