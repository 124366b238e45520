"""What is trained: `MODELS[name](config, total_steps)` builds and compiles it.

Importing this package registers the classes, so that `keras.saving.load_model` finds them.
"""

from collections.abc import Callable

import keras

from colorizer_tf.config import TrainConfig
from colorizer_tf.models.cnn import ColorizationCNN, build_cnn
from colorizer_tf.models.gan import ColorizationGAN, build_gan

MODELS: dict[str, Callable[[TrainConfig, int], keras.Model]] = {"cnn": build_cnn, "gan": build_gan}

__all__ = ["MODELS", "ColorizationCNN", "ColorizationGAN", "build_cnn", "build_gan"]
