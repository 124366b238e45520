"""What the models that ship cost, against what they may cost.

Each is loaded in processes of their own and runs L* of 128 and 256 px on 2 threads of ONNX Runtime;
medians. `share_of_budget` is the largest of all figures over its limit: under 1, all is well.

Usage: python benchmarks/shipped.py [--rounds 9] [MODEL ...]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import SHIPPED, find_model, shipped_folder, size_on_disk
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


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names or folders [all that ship]")
    parser.add_argument("--rounds", type=int, default=9, help="loads of each")
    args = parser.parse_args()
    names = args.models or [name for name in SHIPPED if shipped_folder(name).is_dir()]
    if not names:
        sys.exit("no model ships with this copy: name one")
    found = {name: measure(find_model(name), args.rounds) for name in names}
    megabytes = sum(each["megabytes"] for each in found.values())
    shares = [each[name] / BUDGET[name] for each in found.values() for name in each]
    share = max(*shares, megabytes / BUDGET["megabytes"])
    told = {"benchmark": "shipped", "models": found, "megabytes": round(megabytes, 1)}
    print(json.dumps(told | {"share_of_budget": round(share, 3)}))


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """The figures of one model, as `BUDGET` has them."""
    path = folder / ONNX_FILE
    loads = [
        float(subprocess.check_output([sys.executable, "-c", LOAD, path])) for _ in range(rounds)
    ]
    predict = load_onnx_model(path, THREADS)
    return {
        "parameters": model_json.read_info(folder)["parameters"],
        "load_seconds": round(statistics.median(loads), 3),
        "milliseconds_128": milliseconds(predict, 128),
        "milliseconds_256": milliseconds(predict, 256),
        "megabytes": round(size_on_disk(folder), 1),
    }


def milliseconds(predict: Any, size: int) -> float:
    """Of one picture of that side."""
    lightness = np.random.default_rng(0).uniform(0, 100, (1, size, size, 1)).astype(np.float32)
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        predict(lightness)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times[1:]), 1)


if __name__ == "__main__":
    main()
