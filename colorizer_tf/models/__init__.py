"""What is trained: `MODELS[name](config, total_steps)` builds and compiles it.

Importing this package registers the classes, so that `keras.saving.load_model` finds them.
"""

from collections.abc import Callable

import keras

from colorizer_tf.config import TrainConfig
from colorizer_tf.models.cnn import ColorizationCNN, build_cnn

MODELS: dict[str, Callable[[TrainConfig, int], keras.Model]] = {"cnn": build_cnn}

__all__ = ["MODELS", "ColorizationCNN", "build_cnn"]
