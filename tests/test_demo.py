"""`make demo`: the sample photos, colored, on one sheet."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]


def demo(out, *flags):
    return subprocess.run(
        [sys.executable, ROOT / "samples" / "demo.py", "--out", out, *flags],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_colors_the_samples_and_says_where_the_sheet_is(saved_model, tmp_path):
    earlier = tmp_path / "demo" / "color" / "earlier_colorized.png"
    earlier.parent.mkdir(parents=True)
    for left in (earlier, tmp_path / "demo" / ".colorizer-tf-demo"):
        left.touch()
    done = demo(tmp_path / "demo", "--model", saved_model)
    assert done.returncode == 0, done.stderr
    sheet = tmp_path / "demo" / "before-after.png"
    assert str(sheet) in done.stdout
    assert len(list(earlier.parent.glob("*_colorized.png"))) == 6
    assert not earlier.exists()
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture).astype(int)
    # Astronaut, 240 px wide, with 4 px round it: gray, then colored.
    before, after = pixels[4:244, 4:244], pixels[4:244, 252:492]
    assert np.ptp(before, axis=-1).max() <= 1
    assert np.ptp(after, axis=-1).mean() > 10


def test_what_is_not_of_the_demo_is_left_alone(saved_model, tmp_path):
    (tmp_path / "gray").mkdir()
    done = demo(tmp_path, "--model", saved_model)
    assert done.returncode == 1
    assert "not of this demo" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["gray"]


def test_a_model_that_is_not_there_ends_it_with_the_reason(tmp_path):
    done = demo(tmp_path, "--model", "nowhere/x")
    assert done.returncode == 1
    assert "no model folder at nowhere/x" in done.stderr
