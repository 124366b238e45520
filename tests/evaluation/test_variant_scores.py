"""`evaluate --variants`: the best of several answers, their mean, and how much they differ."""

import itertools
import json

import numpy as np
import pytest
from PIL import Image

from colorizer_tf import Colorizer, color
from colorizer_tf.cli.main import main
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.protocol import prepared
from tests.drawing import draw_photo


def test_variants_are_scored_as_the_api_gives_them(rng, tmp_path):
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    pixels = [draw_photo(rng, 40, 36) for _ in range(2)]
    for number, each in enumerate(pixels):
        Image.fromarray(each).save(photos / f"{number}.png")
    asked = ("--variants", "3", "--size", "32", "--pictures", "0", "--no-cost", "--resamples", "2")
    assert main(["evaluate", "cnn", "--photos", str(photos), "--out", str(out), *asked]) == 0
    report = json.loads((out / "report.json").read_text())
    figures = {each["name"]: each["figures"] for each in report["entries"]}
    assert "diversity" not in figures["gray"]
    found = {name: figures["cnn"][name]["value"] for name in ("best_of", "mean_of", "diversity")}
    best, mean, between = [], [], []
    for number, each in enumerate(pixels):
        photo = prepared("", each)
        drawn = Colorizer("cnn", size=32).variants(photo.gray, 3, seed=3 * number)
        labs = [color.rgb_to_lab(one) for one in drawn]
        errors = [ciede2000(color.rgb_to_lab(each), lab).mean() for lab in labs]
        best.append(min(errors))
        mean.append(np.mean(errors))
        pairs = itertools.combinations(labs, 2)
        between.append(np.mean([ciede2000(*pair).mean() for pair in pairs]))
    expected = {"best_of": best, "mean_of": mean, "diversity": between}
    assert found == pytest.approx({name: np.mean(v) for name, v in expected.items()}, rel=1e-4)
