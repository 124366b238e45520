"""A model in TensorFlow: the SavedModel itself."""

from pathlib import Path

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.startup import load_tensorflow
from colorizer_tf.inference.runtimes import Predict

SIGNATURE = "predict_ab"


def load_tensorflow_model(folder: Path) -> Predict:
    """The `predict_ab` of a SavedModel; see `load_runtime`.

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
    if SIGNATURE not in loaded.signatures:
        found = ", ".join(sorted(loaded.signatures)) or "none"
        raise ColorizerError(
            f"the SavedModel in {folder} has the signatures: {found}; {SIGNATURE} is missing: "
            "export the run again with colorizer-tf export"
        )

    def predict_ab(lightness: np.ndarray) -> np.ndarray:
        # `loaded` owns the variables: it must live as long as its signatures.
        signature = loaded.signatures[SIGNATURE]
        return np.asarray(signature(lightness=tf.constant(lightness))["ab"])

    return predict_ab
