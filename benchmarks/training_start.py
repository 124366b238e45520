"""From the start of `train` to its first step, and the validation of 1,000 photos.

The design that ships, with random weights, on drawn photos at 96 px. `start` counts from the start
of a new process: TensorFlow's import, what is built and compiled, the gray baseline over the same
photos, the first step. `validation` is a later one, so that nothing is compiled in it; the first
one, which compiles, is beside it.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from drawn import draw_jpegs
from frame import benchmark

FLAGS = ("--records", "RECORDS", "--batch-size", "32", "--steps-per-epoch", "2", "--epochs", "2")
# Runs the command with a clock among its callbacks.
CODE = """
import sys, time
start = float(sys.argv.pop(1))
from colorizer_tf.base.startup import load_tensorflow
load_tensorflow()
import colorizer_tf.training.fitting as fitting
class Clock(fitting.Guard):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        print("step", time.time() - start)
    def on_test_begin(self, logs=None):
        self.began = time.time()
    def on_test_end(self, logs=None):
        print("validation", time.time() - self.began)
fitting.Guard = Clock
from colorizer_tf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def measure(
    folder: Path, photos: int = 1000, encoder: str = "efficientnet-lite2"
) -> dict[str, Any]:
    """Seconds; so many photos are validated on."""
    from colorizer_tf import RecordOptions, build_records

    draw_jpegs(folder / "photos", photos + 200, 128)
    fraction = photos / (photos + 200)
    options = RecordOptions(size=96, valid_fraction=fraction, min_chroma=0)
    build_records([folder / "photos"], folder / "records", options, progress=False)
    flags = [flag.replace("RECORDS", str(folder / "records")) for flag in FLAGS]
    command = ["train", *flags, "--encoder", encoder, "--no-pretrained", "--quiet", "--out"]
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(time.time()), *command, str(folder / "run")],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    steps = [float(line[1]) for line in lines if line[0] == "step"]
    validations = [float(line[1]) for line in lines if line[0] == "validation"]
    return {
        "start_to_first_step_seconds": steps[0],
        "validation_seconds": validations[-1],
        "first_validation_seconds": validations[0],
    }


if __name__ == "__main__":
    asked = {"start_to_first_step_seconds": "<= 30", "validation_seconds": "<= 20"}
    benchmark(measure, asked)
