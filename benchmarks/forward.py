"""One photo of 128 px through the default network, against the classic U-Net at full resolution.

The reference is the U-Net of 64-128-256-512 channels with two 3x3 convolutions a level, its first
level at the photo's own size. The two take turns; the figures are medians.
"""

from typing import Any

from frame import benchmark, medians, ratio, turns

from colorizer_tf.base.startup import load_tensorflow


def measure(rounds: int = 30) -> dict[str, Any]:
    """Milliseconds a photo of the two, in turns."""
    tf = load_tensorflow()
    from colorizer_tf.networks import unet

    photo = tf.random.uniform((1, 128, 128, 1), -1, 1)
    networks = {"default": unet(), "classic": classic_unet()}
    # Each lambda keeps its own network: a loop's variable would be the last one's.
    calls = {name: tf.function(lambda x, n=n: n(x, training=False)) for name, n in networks.items()}
    times = turns({name: lambda c=call: c(photo).numpy() for name, call in calls.items()}, rounds)
    return {
        "milliseconds": 1000 * medians(times)["default"],
        "parameters": networks["default"].count_params(),
        "times_faster_than_classic": ratio(times, "classic", "default"),
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
    benchmark(measure)
