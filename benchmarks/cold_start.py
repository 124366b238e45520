"""One photo from a cold process to a file, against importing TensorFlow.

`colorizer-tf colorize` on a JPEG of 2 megapixels and `python -c "import tensorflow"` take turns,
each as a process of its own; compiled code is in its caches. The figures are medians.

Usage: python benchmarks/cold_start.py [--rounds 9] [--model FOLDER]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from drawn import draw_jpegs
from models import draw_model

from colorizer_tf.inference.colorizer import Colorizer


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--model", type=Path, help="a model folder [one with random weights]")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args, Path(folder))))


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Seconds of the two, in turns."""
    model = args.model or draw_model(folder / "model")
    (photo,) = draw_jpegs(folder / "photos", 1, 1200, 1700)
    Colorizer(model).colorize(photo)
    ours = ["-m", "colorizer_tf", "colorize", photo, "--model", model, "--overwrite"]
    commands = {
        "colorize": [*ours, "--out", folder / "out", "--quiet"],
        "import_tensorflow": ["-c", "import tensorflow"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(args.rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, *map(str, command)], check=True, stderr=subprocess.DEVNULL
            )
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "benchmark": "cold_start",
        "seconds": round(medians["colorize"], 2),
        "import_tensorflow_seconds": round(medians["import_tensorflow"], 2),
        "share": round(medians["colorize"] / medians["import_tensorflow"], 3),
    }


if __name__ == "__main__":
    main()
