"""The models by name. A new one is a subclass of `ColorizationModel`, and one line here.

Classes are imported on use: the names alone serve the command line, which loads no TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorizer_tf.models.base import ColorizationModel
    from colorizer_tf.models.options import TrainConfig

MODELS = {
    "cnn": "colorizer_tf.models.cnn:ColorizationCNN",
    "gan": "colorizer_tf.models.gan:ColorizationGAN",
    "diffusion": "colorizer_tf.models.diffusion:ColorizationDiffusion",
}


def model_class(name: str) -> "type[ColorizationModel]":
    """The class of a model; importing it also registers it with Keras."""
    module, _, attribute = MODELS[name].partition(":")
    found: type[ColorizationModel] = getattr(importlib.import_module(module), attribute)
    return found


def build_model(config: "TrainConfig", total_steps: int) -> "ColorizationModel":
    """The config's model, compiled for a run of so many steps.

    Networks and optimizers are built here: under a distribution strategy, call it inside of its
    scope.

    Raises:
        UsageError: if settings do not fit the model.
    """
    model = model_class(config.model)
    return model.build_from(model.complete(config), total_steps)
