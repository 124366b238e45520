"""Checkpoint files: a Keras model with its optimizers, and how far its run had come."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import keras

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.models.base import ColorizationModel
from colorizer_tf.models.registry import MODELS, model_class

PROGRESS = "progress.json"
# What Keras, h5py and zipfile raise for a file that is cut or overwritten.
DAMAGED = (OSError, ValueError, TypeError, KeyError, RuntimeError, zipfile.BadZipFile)


def save_checkpoint(model: ColorizationModel, path: Path, progress: dict[str, Any]) -> None:
    """Write a `.keras` file that also holds the run's progress; it appears whole or not at all."""
    temporary = path.with_name(f".{path.stem}.partial.keras")
    model.save(temporary)
    # Inside of the file, so that weights and progress can never be of two different moments.
    with zipfile.ZipFile(temporary, "a") as archive:
        archive.writestr(PROGRESS, json.dumps(progress))
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def read_progress(path: Path) -> dict[str, Any]:
    """How far the run had come when it wrote this file: "step" counts all steps taken.

    Raises:
        ColorizerError: if it is not a whole checkpoint.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            progress: dict[str, Any] = json.loads(archive.read(PROGRESS))
    except DAMAGED as error:
        raise ColorizerError(f"{path} is not a checkpoint of a run: {error}") from None
    return progress


def load_weights(model: ColorizationModel, path: Path) -> None:
    """Load a checkpoint into a model and its optimizers.

    Raises:
        ColorizerError: if it is damaged or of another model.
    """
    try:
        model.load_weights(path)
    except DAMAGED as error:
        raise ColorizerError(f"{path} cannot be loaded: {error}") from None


def load_checkpoint(path: Path) -> ColorizationModel:
    """The model of a checkpoint, compiled as it was.

    Raises:
        ColorizerError: if it is damaged.
    """
    for name in MODELS:
        model_class(name)
    try:
        model: ColorizationModel = keras.saving.load_model(path)
    except DAMAGED as error:
        raise ColorizerError(f"{path} cannot be loaded: {error}") from None
    return model
