"""One photo from a cold process to a file, against importing TensorFlow.

`colorizer-tf colorize` on a JPEG of 2 megapixels and `python -c "import tensorflow"` take turns,
each as a process of its own. `first` is the same command where no bytecode is cached, of this
package, NumPy or any other: the first run after an installation at its worst. The figures are
medians.
"""

import os
import subprocess
import sys
import tempfile
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
    sides = {name: lambda c=command: run(c) for name, command in commands.items()}
    times = turns(sides | {"first": lambda: first(commands["colorize"])}, rounds)
    return {
        "seconds": medians(times)["colorize"],
        "first_seconds": medians(times)["first"],
        "import_tensorflow_seconds": medians(times)["import_tensorflow"],
        "share": ratio(times, "colorize", "import_tensorflow"),
    }


def run(command: list[Any], **variables: str) -> None:
    """Run Python with these arguments, and variables of the environment."""
    subprocess.run(
        [sys.executable, *map(str, command)],
        check=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **variables},
    )


def first(command: list[Any]) -> None:
    """Run it with an empty cache of bytecode."""
    with tempfile.TemporaryDirectory() as empty:
        run(command, PYTHONPYCACHEPREFIX=empty)


if __name__ == "__main__":
    benchmark(measure, asked={"share": "<= 0.4", "first_seconds": "<= 2.5"})
