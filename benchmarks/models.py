"""Models for benchmarks of what stands around them."""

from pathlib import Path

import numpy as np

AB_DEVIATION = 12.0


def draw_model(out: Path, size: int = 128) -> Path:
    """Export the default network with random weights, its ab of a trained one's strength."""
    from colorizer_tf.base.startup import load_tensorflow

    tf = load_tensorflow()
    from colorizer_tf.export.saved_model import export_network
    from colorizer_tf.networks import unet

    tf.keras.utils.set_random_seed(0)
    network = unet()
    head = next(layer for layer in reversed(network.layers) if layer.weights)
    kernel, bias = head.get_weights()
    # Small, so that the tanh after it is a line; then scaled to the deviation of ab that colored
    # photos of a trained model have.
    kernel = np.random.default_rng(1).normal(0, 1e-4, kernel.shape).astype(np.float32)
    head.set_weights([kernel, bias])
    photo = np.random.default_rng(2).uniform(-1, 1, (1, size, size, 1)).astype(np.float32)
    head.set_weights([kernel * (AB_DEVIATION / 128 / network(photo).numpy().std()), bias])
    return export_network(network, network.stride, out, size=size, ab_stride=network.ab_stride)


def tiny_model(out: Path) -> Path:
    """Export a model that colors anything in a millisecond, and nothing well."""
    import keras

    from colorizer_tf.export.saved_model import export_network

    lightness = keras.Input((None, None, 1))
    kernel = keras.initializers.RandomNormal(stddev=0.3, seed=1)
    ab = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", kernel_initializer=kernel)
    return export_network(keras.Model(lightness, ab(lightness)), 1, out, size=64)
