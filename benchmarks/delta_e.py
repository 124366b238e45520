"""CIEDE2000 of a batch of 512 px pictures, against scikit-image's, in turns.

Each gets LAB as its own package makes it of uint8 pictures: float32 here, float64 there; a second
ratio gives scikit-image float32 too. Both on one core, in seconds of its time, so that what else
the machine does counts less; a third ratio is wall time with a thread a core. Medians over rounds.

Usage: python benchmarks/delta_e.py [--pictures 8] [--size 512] [--rounds 5]
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import skimage.color

from colorizer_tf.color import rgb_to_lab
from colorizer_tf.color.difference import ciede2000


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(json.dumps(measure(args.pictures, args.size, args.rounds)))


def measure(pictures: int, size: int, rounds: int) -> dict[str, object]:
    """Rates of both, in turns, and how far apart their answers are."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 256, (pictures, size, size, 3), np.uint8)
    noisy = np.clip(true + rng.normal(0, 25, true.shape), 0, 255).astype(np.uint8)
    single = rgb_to_lab(true), rgb_to_lab(noisy)
    double = single[0].astype("float64"), single[1].astype("float64")
    cores = os.cpu_count() or 1
    runs: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: ciede2000(*single),
        "ours, threads": lambda: ciede2000(*single, threads=cores),
        "theirs": lambda: skimage.color.deltaE_ciede2000(*double),
        "theirs, float32": lambda: skimage.color.deltaE_ciede2000(*single),
    }
    wall: dict[str, list[float]] = {name: [] for name in runs}
    core: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter(), time.process_time()
            run()
            wall[name].append(time.perf_counter() - began[0])
            core[name].append(time.process_time() - began[1])
    each, elapsed = (
        {name: statistics.median(values) for name, values in found.items()}
        for found in (core, wall)
    )
    return {
        "benchmark": "delta_e",
        "pictures": pictures,
        "size": size,
        "megapixels_per_second": round(single[0].size / 3e6 / each["ours"], 1),
        "against_scikit_image": round(each["theirs"] / each["ours"], 1),
        "against_scikit_image_float32": round(each["theirs, float32"] / each["ours"], 1),
        "wall_time_with_threads_against_scikit_image": round(
            elapsed["theirs"] / elapsed["ours, threads"], 1
        ),
        "threads": cores,
        "largest_difference": float(f"{np.abs(runs['ours']() - runs['theirs']()).max():.2g}"),
    }


if __name__ == "__main__":
    main()
