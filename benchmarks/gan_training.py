"""Training images a second of the GAN, against the sum of its parts taken alone.

The parts are a step of the generator and one of the discriminator: the stages "generator" and
"discriminator" of the same model on the same batch; the whole is the adversarial step. The three
take turns, and the ratio is of medians. Above 1 the whole saves what the parts do twice.

Usage: python benchmarks/gan_training.py [--size 64] [--batch 32] [--rounds 7]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from colorizer_tf.base.startup import load_tensorflow


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    load_tensorflow()
    print(json.dumps(measure(args.size, args.batch, args.rounds)))


def measure(size: int, batch: int, rounds: int) -> dict[str, Any]:
    """Seconds of each stage's step, and the ratio."""
    from colorizer_tf import TrainConfig

    config = TrainConfig(
        model="gan",
        widths=(24, 48, 96, 192, 256),
        discriminator_widths=(32, 64, 128),
        batch_size=batch,
        epochs=3,
    )
    steps = {name: stage_step(config, name) for name, _ in config.stages()}
    rng = np.random.default_rng(0)
    pictures = tuple(
        rng.uniform(-1, 1, (batch, size, size, channels)).astype("float32") for channels in (1, 2)
    )
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 2):
        for name, step in steps.items():
            began = time.perf_counter()
            step(pictures)
            if turn > 1:  # The first turns compile.
                seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    parts = medians["generator"] + medians["discriminator"]
    return {
        "benchmark": "gan_training",
        "images_per_second": round(batch / medians["adversarial"], 1),
        "seconds": {name: round(found, 4) for name, found in medians.items()},
        "against_its_parts": round(parts / medians["adversarial"], 3),
    }


def stage_step(config: Any, stage: str) -> Callable[[Any], Any]:
    """A traced training step of a model in that stage."""
    import tensorflow as tf

    from colorizer_tf.models.registry import MODELS

    model = MODELS["gan"](config, 3000)
    model.enter(stage)
    return tf.function(model.train_step, autograph=False)


if __name__ == "__main__":
    main()
