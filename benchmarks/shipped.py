"""What the models that ship and give one answer cost, against what they may cost.

Each is loaded in processes of their own and runs L* of 128 and 256 px on 2 threads of ONNX Runtime;
medians. `share_of_budget` is the largest of all figures over its limit: under 1, all is well. What
draws is measured by `variants.py`.
"""

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from frame import benchmark, medians, turns

from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import SHIPPED, find_model, shipped_folder, size_on_disk
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import ONNX_FILE
from colorizer_tf.inference.runtimes.onnx import load_onnx_model

THREADS = 2
RUNS = 20
# Megabytes are of all models together.
BUDGET = {
    "parameters": 10e6,
    "load_seconds": 1.0,
    "milliseconds_128": 60.0,
    "milliseconds_256": 250.0,
    "megabytes": 60.0,
}
LOAD = """
import sys, time
from pathlib import Path
start = time.perf_counter()
from colorizer_tf.inference.runtimes.onnx import load_onnx_model
load_onnx_model(Path(sys.argv[1]), 2)
print(time.perf_counter() - start)
"""


def measure(models: tuple[str, ...] = (), rounds: int = 9) -> dict[str, Any]:
    """The figures of each model [all that ship], and the largest share of its limit."""
    names = models or [name for name in SHIPPED if is_measured(shipped_folder(name))]
    if not names:
        sys.exit("no model ships with this copy: name one")
    found = {name: figures(find_model(name), rounds) for name in names}
    megabytes = sum(model["megabytes"] for model in found.values())
    shares = [model[name] / BUDGET[name] for model in found.values() for name in model]
    share = max(*shares, megabytes / BUDGET["megabytes"])
    return {"models": found, "megabytes": megabytes, "share_of_budget": share}


def is_measured(folder: Path) -> bool:
    """Whether a model is there and gives one answer."""
    return folder.is_dir() and model_json.DIFFUSION not in model_json.read_info(folder)


def figures(folder: Path, rounds: int) -> dict[str, Any]:
    """The figures of one model, as `BUDGET` has them."""
    path = folder / ONNX_FILE
    loads = [
        float(subprocess.check_output([sys.executable, "-c", LOAD, path])) for _ in range(rounds)
    ]
    predict = load_onnx_model(path, THREADS)
    return {
        "parameters": model_json.read_info(folder)["parameters"],
        "load_seconds": statistics.median(loads),
        "milliseconds_128": milliseconds(predict, 128),
        "milliseconds_256": milliseconds(predict, 256),
        "megabytes": size_on_disk(folder),
    }


def milliseconds(predict: Any, size: int) -> float:
    """Of one picture of that side."""
    lightness = np.random.default_rng(0).uniform(0, 100, (1, size, size, 1)).astype(np.float32)
    request = PredictionRequest()
    return 1000 * medians(turns({"predict": lambda: predict(lightness, request)}, RUNS))["predict"]


if __name__ == "__main__":
    benchmark(measure, asked={"share_of_budget": "<= 1"})
