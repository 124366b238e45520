"""Weights by names that depend on the network alone, not on what was built before it."""

import re
from collections import Counter
from typing import Any

import keras

# Begins the names of a denoiser's weights beside those of its U-Net.
DENOISER = "denoiser/"


def named_weights(network: keras.Model) -> dict[str, Any]:
    """The network's variables, in the network's order of layers.

    Keras numbers layers without a name of their own through a whole session, "conv2d_17"; here they
    are numbered through the network, "conv2d_3", so that the same settings give the same names.

    Args:
        network: a functional model; models within it are gone into.

    Returns:
        Variables by "layer/weight", or "model/layer/weight".
    """
    counts: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for layer in network.layers:
        kind, name = _snake_case(type(layer).__name__), layer.name
        if re.fullmatch(rf"{kind}(_\d+)?", name):
            name = f"{kind}_{counts[kind]}" if counts[kind] else kind
            counts[kind] += 1
        if isinstance(layer, keras.Model):
            own = named_weights(layer)
        else:
            own = {variable.path.split("/", 1)[-1]: variable for variable in layer.variables}
        found |= {f"{name}/{weight}": variable for weight, variable in own.items()}
    return found


def _snake_case(name: str) -> str:
    """The name that Keras gives the first layer of a class."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
