"""Training images a second of the GAN, against the sum of its parts taken alone.

The parts are a step of the generator and one of the discriminator: the stages "generator" and
"discriminator" of the same model on the same batch; the whole is the adversarial step. The three
take turns, and the ratio is of medians. Above 1 the whole saves what the parts do twice.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from frame import benchmark, medians, turns

from colorizer_tf.base.startup import load_tensorflow


def measure(size: int = 64, batch: int = 32, rounds: int = 7) -> dict[str, Any]:
    """Seconds of each stage's step, and the ratio."""
    load_tensorflow()
    from colorizer_tf import TrainConfig

    config = TrainConfig(
        model="gan",
        widths=(24, 48, 96, 192, 256),
        discriminator_widths=(32, 64, 128),
        batch_size=batch,
        epochs=3,
    )
    rng = np.random.default_rng(0)
    pictures = tuple(
        rng.uniform(-1, 1, (batch, size, size, channels)).astype("float32") for channels in (1, 2)
    )
    steps = {name: stage_step(config, name) for name, _ in config.stages()}
    sides = {name: lambda s=step: s(pictures) for name, step in steps.items()}
    seconds = medians(turns(sides, rounds, warm=2))
    parts = seconds["generator"] + seconds["discriminator"]
    return {
        "images_per_second": batch / seconds["adversarial"],
        "seconds": seconds,
        "against_its_parts": parts / seconds["adversarial"],
    }


def stage_step(config: Any, stage: str) -> Callable[[Any], Any]:
    """A traced training step of a model in that stage."""
    import tensorflow as tf

    from colorizer_tf.models.registry import MODELS

    model = MODELS["gan"](config, 3000)
    model.enter(stage)
    return tf.function(model.train_step, autograph=False)


if __name__ == "__main__":
    benchmark(measure)
