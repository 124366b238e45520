"""What is trained: `MODELS[name](config, total_steps)` builds and compiles it.

Importing this module registers the classes, so that `keras.saving.load_model` finds them.
"""

from collections.abc import Callable

import keras

from colorizer_tf.models.cnn import build_cnn
from colorizer_tf.models.gan import build_gan
from colorizer_tf.models.options import TrainConfig

MODELS: dict[str, Callable[[TrainConfig, int], keras.Model]] = {"cnn": build_cnn, "gan": build_gan}
