"""Training images a second from records, against the same model on constant tensors.

The default CNN at 128 px through `fit`, under a `MirroredStrategy` as `train` uses it: what the
records, their parsing and their augmentation cost beside the arithmetic. The two take turns.
"""

import itertools
import statistics
import time
from pathlib import Path
from typing import Any

from drawn import draw_jpegs
from frame import Times, benchmark, medians, ratio

from colorizer_tf.base.startup import load_tensorflow

BATCH = 32


def measure(folder: Path, steps: int = 8, rounds: int = 5) -> dict[str, Any]:
    """Images a second of the two, in turns."""
    tf = load_tensorflow()
    from colorizer_tf import RecordOptions, TrainConfig, build_records, load_records
    from colorizer_tf.data.request import Augmentation, BatchRequest
    from colorizer_tf.models.registry import build_model
    from colorizer_tf.training.strategy import build_strategy

    draw_jpegs(folder / "photos", 1024, 128)
    build_records(
        [folder / "photos"], folder / "records", RecordOptions(valid_fraction=0), progress=False
    )
    config = TrainConfig(
        encoder="plain", widths=(32, 64, 128, 256, 384), ab_stride=2, loss="mse", batch_size=BATCH
    )
    with build_strategy(config).scope():
        model = build_model(config, 1000)
    records = load_records(
        BatchRequest(
            folder / "records",
            "train",
            BATCH,
            augmentation=Augmentation(config.flip, config.crop_scale, config.jitter),
            epochs=range(1000),
        )
    )
    constant = tf.data.Dataset.from_tensors(next(iter(records))).repeat()
    rates: Times = {"records": [], "constant": []}
    for turn in range(rounds + 1):
        for name, data in (("records", records), ("constant", constant)):
            found = images_per_second(model, data, steps)
            if turn:  # The first turn compiles.
                rates[name].append(found)
    return {
        "images_per_second": medians(rates)["records"],
        "against_constant_tensors": ratio(rates, "records", "constant"),
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
    benchmark(measure, asked={"against_constant_tensors": ">= 0.97"})
