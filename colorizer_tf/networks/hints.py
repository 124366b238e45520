"""Features by which hints spread, over those that the color classes are computed of.

Small, and trained with the color network frozen (`training/hints/`), so that without a hint nothing
changes. The kernel over them is that of `inference.hints.kernel`.
"""

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers

from colorizer_tf.base.errors import UsageError
from colorizer_tf.networks.blocks import LOGITS

COMPONENTS, DIMENSIONS, HIDDEN = 4, 12, 64
CHANNELS = COMPONENTS * (DIMENSIONS + 1)
# Weight of L* in every component; edges of L* count beside it.
LIGHTNESS = 0.7


class HintHead(NamedTuple):
    """A trained head, and what else the kernel needs.

    Attributes:
        model: see `hint_head`.
        position: weight of the position in each component.
    """

    model: keras.Model
    position: tuple[float, ...]

    def describe(self) -> dict[str, Any]:
        """The entry "hints" of `model.json`."""
        return {
            "dimensions": DIMENSIONS,
            "lightness": [LIGHTNESS] * COMPONENTS,
            "position": list(self.position),
        }


def hint_head(channels: int) -> keras.Model:
    """The head: features `(n, r, c, channels)` of the color network to `(n, r, c, CHANNELS)`.

    These are DIMENSIONS coordinates of each component, then the logarithm of each one's amplitude.
    """
    features = keras.Input((None, None, channels), name="features")
    x = layers.BatchNormalization(momentum=0.98, name="hint_norm")(features)
    x = layers.Conv2D(HIDDEN, 3, padding="same", activation="relu", name="hint_conv")(x)
    x = layers.Concatenate(name="hint_both")([x, features])
    return keras.Model(features, layers.Conv2D(CHANNELS, 1, name="hint_features")(x), name="hints")


def write_hint_head(head: HintHead, path: Path) -> None:
    """Write a head as a NumPy archive."""
    weights = {weight.path: np.asarray(weight) for weight in head.model.weights}
    np.savez(path, allow_pickle=False, position=np.array(head.position), **weights)


def read_hint_head(path: str | Path, network: keras.Model) -> HintHead:
    """Read what `write_hint_head` wrote, for a network with color classes.

    Raises:
        UsageError: if the file holds no head, or none for this network.
    """
    names = [layer.name for layer in network.layers]
    if LOGITS not in names:
        raise UsageError("hints: received a network that predicts ab, expected color classes")
    head = hint_head(network.get_layer(LOGITS).input.shape[-1])
    try:
        with np.load(path, allow_pickle=False) as file:
            for weight in head.weights:
                weight.assign(file[weight.path])
            position = tuple(float(number) for number in file["position"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise UsageError(
            f"hints: {path} is no head of hints for this network ({error!r:.100}), expected what "
            "training.hints.train wrote"
        ) from error
    return HintHead(head, position)
