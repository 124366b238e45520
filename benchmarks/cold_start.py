"""One photo from a cold process to a file, against importing TensorFlow.

`colorizer-tf colorize` on a JPEG of 2 megapixels and `python -c "import tensorflow"` take turns,
each as a process of its own; compiled code is in its caches. The figures are medians.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from drawn import draw_jpegs
from frame import benchmark, medians, ratio, turns
from models import draw_model

from colorizer_tf.inference.colorizer import Colorizer


def measure(folder: Path, rounds: int = 9, model: Path | None = None) -> dict[str, Any]:
    """Seconds of the two, in turns; the model is one with random weights unless given."""
    model = model or draw_model(folder / "model")
    (photo,) = draw_jpegs(folder / "photos", 1, 1200, 1700)
    Colorizer(model).colorize(photo)
    ours = ["-m", "colorizer_tf", "colorize", photo, "--model", model, "--overwrite"]
    commands = {
        "colorize": [*ours, "--out", folder / "out", "--quiet"],
        "import_tensorflow": ["-c", "import tensorflow"],
    }
    times = turns({name: lambda c=command: run(c) for name, command in commands.items()}, rounds)
    return {
        "seconds": medians(times)["colorize"],
        "import_tensorflow_seconds": medians(times)["import_tensorflow"],
        "share": ratio(times, "colorize", "import_tensorflow"),
    }


def run(command: list[Any]) -> None:
    """Run Python with these arguments."""
    subprocess.run([sys.executable, *map(str, command)], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    benchmark(measure, asked={"share": "<= 0.4"})
