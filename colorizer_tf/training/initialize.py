"""The weights that a new run starts from."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.catalog import find_model
from colorizer_tf.inference.model_json import read_info
from colorizer_tf.inference.weights import read_network_weights
from colorizer_tf.models.base import ColorizationModel
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.models.registry import model_class
from colorizer_tf.networks.pretrained import load_pretrained
from colorizer_tf.networks.weight_names import DENOISER
from colorizer_tf.training.run_folder import RunFolder


def network_settings_of(source: str) -> dict[str, Any]:
    """The settings of the network of a run, or of an exported model by its name or folder.

    Raises:
        ColorizerError: if it is neither.
    """
    with _named(source):
        run = RunFolder(source)
        if run.config.is_file():
            config = run.read_config()
            return model_class(config.model).network_settings(config)
        return read_network_weights(source).settings


def trained_size_of(source: str) -> int:
    """The size that a run, or the one behind an exported model, trained at; 0 if it is not told.

    Raises:
        ColorizerError: if it is neither.
    """
    with _named(source):
        run = RunFolder(source)
        if run.config.is_file():
            return run.read_config().size or 0
        return int(read_info(find_model(source)).get("trained_at") or 0)


def initialize(model: ColorizationModel, config: TrainConfig) -> None:
    """Give the model's network the weights that its config names, if it does.

    Raises:
        ColorizerError: if they cannot be found, or are of another network.
    """
    if config.init_from:
        with _named(config.init_from):
            _assign(model, _weights_of(config.init_from))
    elif config.encoder != "plain" and config.pretrained:
        try:
            load_pretrained(model.network, str(config.encoder))
        except ModuleNotFoundError as error:
            raise ColorizerError(str(error)) from None


def _weights_of(source: str) -> dict[str, np.ndarray]:
    run = RunFolder(source)
    if not run.config.is_file():
        return read_network_weights(source).weights
    model = run.load_best()
    model.exported_network()
    return {name: np.array(variable) for name, variable in model.named_weights().items()}


def _assign(model: ColorizationModel, weights: dict[str, np.ndarray]) -> None:
    variables, weights = _shared(model.named_weights(), weights)
    ours = {name: tuple(variable.shape) for name, variable in variables.items()}
    theirs = {name: weight.shape for name, weight in weights.items()}
    if ours != theirs:
        name = next(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))
        raise ColorizerError(
            f"its network is another one (weight {name}: {theirs.get(name)}, here "
            f"{ours.get(name)}); leave out what sets the network, such as --widths"
        )
    for name, variable in variables.items():
        variable.assign(weights[name])


def _shared(
    ours: dict[str, Any], theirs: dict[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Both without a denoiser, if only one of them has one: it then begins anew, or is left."""
    parts = [{name.startswith(DENOISER) for name in weights} for weights in (ours, theirs)]
    if True in parts[0] & parts[1]:
        return ours, theirs
    return tuple(  # type: ignore[return-value]
        {name: value for name, value in weights.items() if not name.startswith(DENOISER)}
        for weights in (ours, theirs)
    )


@contextlib.contextmanager
def _named(source: str) -> Iterator[None]:
    try:
        yield
    except ColorizerError as error:
        raise ColorizerError(f"--init-from {source}: {error}") from error
