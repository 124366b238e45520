"""Training images a second from records, against the same model on constant tensors.

The default CNN at 128 px through `fit`, under a `MirroredStrategy` as `train` uses it: what the
records, their parsing and their augmentation cost beside the arithmetic. The two take turns.

Usage: python benchmarks/training.py [--steps 8] [--rounds 5]
"""

import argparse
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from drawn import draw_jpegs

from colorizer_tf.base.startup import load_tensorflow

BATCH = 32


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    load_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), args.steps, args.rounds)))


def measure(folder: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Images a second of the two, in turns."""
    import tensorflow as tf

    from colorizer_tf import RecordOptions, TrainConfig, build_records, load_records
    from colorizer_tf.data.pipeline import Augmentation
    from colorizer_tf.models.registry import MODELS
    from colorizer_tf.training.strategy import build_strategy

    draw_jpegs(folder / "photos", 1024, 128)
    build_records(
        [folder / "photos"], folder / "records", RecordOptions(valid_fraction=0), progress=False
    )
    config = TrainConfig(batch_size=BATCH)
    with build_strategy(config).scope():
        model = MODELS["cnn"](config, 1000)
    records = load_records(
        folder / "records",
        "train",
        BATCH,
        augmentation=Augmentation(config.flip, config.crop_scale, config.jitter),
        epochs=range(1000),
    )
    constant = tf.data.Dataset.from_tensors(next(iter(records))).repeat()
    rates: dict[str, list[float]] = {"records": [], "constant": []}
    for turn in range(rounds + 1):
        for name, data in (("records", records), ("constant", constant)):
            found = images_per_second(model, data, steps)
            if turn:  # The first turn compiles.
                rates[name].append(found)
    ratios = [a / b for a, b in zip(rates["records"], rates["constant"], strict=True)]
    return {
        "benchmark": "training",
        "images_per_second": round(statistics.median(rates["records"]), 1),
        "against_constant_tensors": round(statistics.median(ratios), 3),
    }


def images_per_second(model: Any, data: Any, steps: int) -> float:
    """The rate of a `fit` by its median step: the first steps also fill the pipeline's buffers."""
    import keras

    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: ends.append(time.perf_counter())
    )
    model.fit(data, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=[clock])
    return BATCH / statistics.median(b - a for a, b in itertools.pairwise(ends))


if __name__ == "__main__":
    main()
