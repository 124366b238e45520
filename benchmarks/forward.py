"""One photo of 128 px through the default network, against the classic U-Net at full resolution.

The reference is the U-Net of 64-128-256-512 channels with two 3x3 convolutions a level, its first
level at the photo's own size. The two take turns; the figures are medians.

Usage: python benchmarks/forward.py [--rounds 30]
"""

import argparse
import json
import statistics
import time
from typing import Any

from colorizer_tf.base.startup import load_tensorflow


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    load_tensorflow()
    print(json.dumps(measure(args.rounds)))


def measure(rounds: int) -> dict[str, Any]:
    """Milliseconds a photo of the two, in turns."""
    import tensorflow as tf

    from colorizer_tf.networks import unet

    photo = tf.random.uniform((1, 128, 128, 1), -1, 1)
    networks = {"default": unet(), "classic": classic_unet()}
    # Each lambda keeps its own network: a loop's variable would be the last one's.
    calls = {name: tf.function(lambda x, n=n: n(x, training=False)) for name, n in networks.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call(photo).numpy()
            if turn:  # The first turn traces.
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "benchmark": "forward",
        "milliseconds": round(1000 * medians["default"], 1),
        "parameters": networks["default"].count_params(),
        "times_faster_than_classic": round(medians["classic"] / medians["default"], 1),
    }


def classic_unet() -> Any:
    """The U-Net as in the paper, at widths common for colorization."""
    import keras
    from keras import layers

    def twice(x: Any, width: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        return x

    inputs = keras.Input((None, None, 1))
    x, levels = inputs, []
    for depth, width in enumerate((64, 128, 256, 512)):
        x = twice(layers.MaxPooling2D()(x) if depth else x, width)
        levels.append(x)
    for width, level in zip((256, 128, 64), levels[-2::-1], strict=True):
        x = layers.Conv2DTranspose(width, 2, 2)(x)
        x = twice(layers.Concatenate()([x, level]), width)
    return keras.Model(inputs, layers.Conv2D(2, 1, activation="tanh")(x))


if __name__ == "__main__":
    main()
