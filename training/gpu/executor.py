"""Runs the operations of a network file in PyTorch, channels last."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.gpu import network_file

# Keras holds kernels as (h, w, in, out), or (h, w, channels, 1) of a depthwise convolution.
TO_TORCH = {"Conv2D": (3, 2, 0, 1), "DepthwiseConv2D": (2, 3, 0, 1)}
TO_KERAS = {"Conv2D": (2, 3, 1, 0), "DepthwiseConv2D": (2, 3, 0, 1)}
ACTIVATIONS = {"relu": functional.relu, "relu6": functional.relu6}


class Network(nn.Module):
    """A network that answers `(n, c, h, w)` with the list of its outputs.

    Attributes:
        weights: parameters by "layer/weight"; moving statistics want no gradient.
        facts: of the file, as `example` is.
        frozen_norm: how the names of layers begin that normalize by their moving statistics while
            the others learn; "" for none.
    """

    def __init__(self, file: network_file.NetworkFile) -> None:
        super().__init__()
        self.operations, self.outputs, self.facts = file.operations, file.outputs, file.facts
        self.example = file.example
        self.frozen_norm = ""
        self.weights = nn.ParameterDict()
        for operation, name in self._weight_names():
            values = torch.tensor(file.weights[name])
            if values.ndim == 4:
                values = values.permute(TO_TORCH[operation["kind"]])
            self.weights[name] = nn.Parameter(values.contiguous(), "/moving_" not in name)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        values: dict[str, Tensor] = {}
        for operation in self.operations:
            inputs = [values[name] for name in operation["inputs"]] or [pictures]
            values[operation["name"]] = self._run(operation, inputs)
        return [values[name] for name in self.outputs]

    def freeze(self, start: str, what: str) -> None:
        """Keep of layers whose names begin so the normalization ("norm"), or all as it is."""
        self.frozen_norm = start
        if what == "all":
            for name, weight in self.weights.items():
                weight.requires_grad_(weight.requires_grad and not name.startswith(start))

    def arrays(self) -> dict[str, Any]:
        """The weights as a network file holds them."""
        found = {}
        for operation, name in self._weight_names():
            values = self.weights[name].detach().float().cpu()
            if values.ndim == 4:
                values = values.permute(TO_KERAS[operation["kind"]])
            found[name] = values.contiguous().numpy()
        return found

    def _weight_names(self) -> list[tuple[dict[str, Any], str]]:
        return [
            (each, f"{each['name']}/{name}") for each in self.operations for name in each["weights"]
        ]

    def _run(self, operation: dict[str, Any], inputs: list[Tensor]) -> Tensor:
        kind, settings = operation["kind"], operation["settings"]
        x = inputs[0]
        if kind == "InputLayer":
            return x
        if kind in TO_TORCH and settings["activation"] == "linear":
            return self._convolve(operation, x)
        if kind == "BatchNormalization":
            return self._normalize(operation, x)
        if kind == "Activation":
            return ACTIVATIONS[settings["activation"]](x)
        if kind == "Add":
            return inputs[0] + inputs[1]
        if kind == "Concatenate":
            return torch.cat(inputs, 1)
        if kind == "UpSampling2D":
            return functional.interpolate(x, scale_factor=settings["size"][0], mode="nearest")
        raise ValueError(
            f"{operation['name']}: received the kind {kind} with {settings}, not known"
        )

    def _convolve(self, operation: dict[str, Any], x: Tensor) -> Tensor:
        name, stride = operation["name"], operation["settings"]["strides"][0]
        kernel, bias = self.weights[f"{name}/kernel"], None
        if operation["settings"]["use_bias"]:
            bias = self.weights[f"{name}/bias"]
        groups = kernel.shape[0] if operation["kind"] == "DepthwiseConv2D" else 1
        padding = _same_padding(x, kernel.shape[-1], stride)
        if len(set(padding)) > 1:
            x, padding = functional.pad(x, padding), [0]
        return functional.conv2d(x, kernel, bias, stride, padding[0], groups=groups)

    def _normalize(self, operation: dict[str, Any], x: Tensor) -> Tensor:
        names = ("moving_mean", "moving_variance", "gamma", "beta")
        mean, variance, gamma, beta = (
            self.weights[f"{operation['name']}/{name}"] for name in names
        )
        momentum, epsilon = (operation["settings"][name] for name in ("momentum", "epsilon"))
        name, frozen = operation["name"], self.frozen_norm
        learns = self.training and not (frozen and name.startswith(frozen))
        return functional.batch_norm(x, mean, variance, gamma, beta, learns, 1 - momentum, epsilon)


def _same_padding(x: Tensor, kernel: int, stride: int) -> list[int]:
    """Left, right, top, bottom, as Keras pads with "same": the odd pixel goes right and below."""
    padding = []
    for side in (x.shape[-1], x.shape[-2]):
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        padding += [total // 2, total - total // 2]
    return padding


def load(path: Path, device: str) -> Network:
    """The network of a file, in evaluation mode, after a comparison on the file's example."""
    file = network_file.read(path)
    network = Network(file).eval()
    worst = network_file.check_answers(file, _answers(network, file.example))
    print(f"{path}: PyTorch differs by {worst:.1e} from the example's answers", flush=True)
    return network.to(device)


def save(network: Network, path: Path, facts: dict[str, Any]) -> None:
    """Write a network file."""
    file = network_file.NetworkFile(
        network.operations, network.outputs, facts, network.arrays(), network.example, []
    )
    # On the CPU: a GPU's fast float32 is less exact than the tolerance.
    answers = _answers(Network(file).eval(), file.example)
    network_file.write(path, file._replace(answers=answers))


@torch.no_grad()
def _answers(network: Network, example: Any) -> list[Any]:
    outputs = network(torch.from_numpy(example).permute(0, 3, 1, 2))
    return [output.permute(0, 2, 3, 1).contiguous().numpy() for output in outputs]
