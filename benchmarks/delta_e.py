"""CIEDE2000 of a batch of 512 px pictures, against scikit-image's, in turns.

Each gets LAB as its own package makes it of uint8 pictures: float32 here, float64 there; a second
ratio gives scikit-image float32 too. Both on one core, in seconds of its time, so that what else
the machine does counts less; a third ratio is wall time with a thread a core. Medians over rounds.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import skimage.color
from frame import benchmark, medians, ratio, turns

from colorizer_tf.color import rgb_to_lab
from colorizer_tf.color.difference import ciede2000


def measure(pictures: int = 8, size: int = 512, rounds: int = 5) -> dict[str, Any]:
    """Rates of both, in turns, and how far apart their answers are."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 256, (pictures, size, size, 3), np.uint8)
    noisy = np.clip(true + rng.normal(0, 25, true.shape), 0, 255).astype(np.uint8)
    single = rgb_to_lab(true), rgb_to_lab(noisy)
    double = single[0].astype("float64"), single[1].astype("float64")
    threads = os.cpu_count() or 1
    sides: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: ciede2000(*single),
        "theirs": lambda: skimage.color.deltaE_ciede2000(*double),
        "theirs, float32": lambda: skimage.color.deltaE_ciede2000(*single),
    }
    core = turns(sides, rounds, clock=time.process_time)
    wall = turns(
        {"ours": lambda: ciede2000(*single, threads=threads)} | {"theirs": sides["theirs"]}, rounds
    )
    return {
        "megapixels_per_second": single[0].size / 3e6 / medians(core)["ours"],
        "against_scikit_image": ratio(core, "theirs", "ours"),
        "against_scikit_image_float32": ratio(core, "theirs, float32", "ours"),
        "wall_time_with_threads_against_scikit_image": ratio(wall, "theirs", "ours"),
        "threads": threads,
        "largest_difference": float(np.abs(sides["ours"]() - sides["theirs"]()).max()),
    }


if __name__ == "__main__":
    benchmark(measure, asked={"against_scikit_image": ">= 4", "largest_difference": "<= 0.001"})
