"""The weights of a saved model, and the settings that build their network again."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import load_tensorflow
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import find_model

# The keys of `ColorizeModule.weights` in a SavedModel's checkpoint.
# What names of weights start with that are not the network's, but of what spreads hints.
HINT_WEIGHTS = "hints/"
_PREFIX, _SUFFIX = "weights/", "/.ATTRIBUTES/VARIABLE_VALUE"


@dataclass(frozen=True)
class NetworkWeights:
    """What fine-tuning takes of a saved model.

    Attributes:
        settings: of the network, as the model class that trained it takes them.
        weights: arrays by the names of `networks.weight_names.named_weights`, in the type in which
            they are stored, float32 or float16.
    """

    settings: dict[str, Any]
    weights: dict[str, np.ndarray]


def read_network_weights(model: str | os.PathLike[str] | None) -> NetworkWeights:
    """The settings and the weights of a saved model's network.

    Args:
        model: its name or folder, see `catalog.find_model`.

    Raises:
        ColorizerError: if there is no such model, it was exported without them, or its SavedModel
            cannot be read.
    """
    folder = find_model(model)
    settings = model_json.read_info(folder).get(model_json.NETWORK)
    weights = _read_checkpoint(folder)
    if not isinstance(settings, dict) or not weights:
        raise ColorizerError(
            f"{folder} does not tell its network's settings and weights by name, as those that an "
            "earlier colorizer-tf exported: export its run again with colorizer-tf export"
        )
    return NetworkWeights(settings, weights)


def _read_checkpoint(folder: Path) -> dict[str, np.ndarray]:
    tf = load_tensorflow()
    try:
        checkpoint = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        keys = [key for key in checkpoint.get_variable_to_shape_map() if key.startswith(_PREFIX)]
        names = {_name_of(key): key for key in sorted(keys) if ".S" in key}
        own = {name: key for name, key in names.items() if not name.startswith(HINT_WEIGHTS)}
        return {name: checkpoint.get_tensor(key) for name, key in own.items()}
    # A damaged checkpoint makes TensorFlow raise nearly anything.
    except Exception as error:
        raise ColorizerError(
            f"the variables in {folder} cannot be read: export its run again: {error}"
        ) from error


def _name_of(key: str) -> str:
    """A name in the dictionary, of which TensorFlow escapes "/" and "."."""
    escaped = key.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    return escaped.replace(".S", "/").replace("..", ".")
