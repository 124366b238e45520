"""A model in TensorFlow: the SavedModel itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import load_tensorflow
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import Run, check_inputs, choose_outputs, network_inputs

# The first one that a model has: a distribution over classes of color, else ab; with features.
SIGNATURES = ("predict_hint_features", "predict_classes", "predict_ab")


def load_saved_model(folder: Path, wanted: Sequence[str]) -> Any:
    """A SavedModel that has one of the signatures.

    Raises:
        ColorizerError: if it cannot be loaded, or has no such signature.
    """
    tf = load_tensorflow()
    try:
        loaded = tf.saved_model.load(str(folder))
    # A damaged SavedModel makes TensorFlow raise nearly anything, DecodeError of protobuf too.
    except Exception as error:
        raise ColorizerError(
            f"the SavedModel in {folder} cannot be loaded, export the run again: {error}"
        ) from error
    if not any(name in loaded.signatures for name in wanted):
        others = ", ".join(sorted(loaded.signatures)) or "none"
        raise ColorizerError(
            f"the SavedModel in {folder} has the signatures: {others}; {wanted[-1]} is "
            "missing: export the run again with colorizer-tf export"
        )
    return loaded


def load_tensorflow_model(folder: Path) -> Run:
    """The network of a SavedModel; see `load_runtime`.

    Raises:
        ColorizerError: if it cannot be loaded, or has no such signature.
    """
    tf, loaded = load_tensorflow(), load_saved_model(folder, SIGNATURES)
    found = [name for name in SIGNATURES if name in loaded.signatures]
    inputs = list(loaded.signatures[found[0]].structured_input_signature[1])
    check_inputs(inputs, folder)
    outputs = choose_outputs(loaded.signatures[found[0]].structured_outputs, folder)

    def run(lightness: np.ndarray, request: PredictionRequest) -> dict[str, np.ndarray]:
        # `loaded` owns the variables: it must live as long as its signatures.
        signature = loaded.signatures[found[0]]
        values = network_inputs(inputs, lightness, request)
        given = signature(**{name: tf.constant(value) for name, value in values.items()})
        return {name: np.asarray(given[name]) for name in outputs}

    return run
