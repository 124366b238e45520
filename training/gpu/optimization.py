"""Optimizer, learning rates and averaged weights of the color network."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from training.gpu.executor import Network


def bfloat16(tensor: Tensor) -> torch.autocast:
    """A context in which convolutions are computed in bfloat16, on the tensor's device."""
    return torch.autocast(tensor.device.type, torch.bfloat16)


def adamw(
    network: Network,
    encoder_rate: float,
    decoder_rate: float,
    weight_decay: float,
    betas: tuple[float, float],
) -> torch.optim.AdamW:
    """AdamW with a lower rate for the pretrained encoder; only kernels decay."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, weight in network.weights.items():
        if weight.requires_grad:
            key = name.startswith("encoder"), name.endswith("/kernel")
            groups.setdefault(key, []).append(weight)
    return torch.optim.AdamW(
        [
            {
                "params": weights,
                "peak": encoder_rate if encoder else decoder_rate,
                "weight_decay": weight_decay if kernel else 0.0,
            }
            for (encoder, kernel), weights in groups.items()
        ],
        betas=betas,
        fused=True,
    )


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set each group's learning rate to a share of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = share * group["peak"]


def descend(network: Network, optimizer: torch.optim.Optimizer) -> None:
    """Take a step along the gradients, clipped to a norm of 1, and clear them."""
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


class MovingAverage:
    """Exponential moving average of all weights, moving statistics among them.

    Args:
        network: whose `weights` are averaged.
        momentum: the share of the average that stays at each update; less in the first ones.
    """

    def __init__(self, network: Any, momentum: float) -> None:
        self.network, self.momentum, self.updates = network, momentum, 0
        self.weights = list(network.weights.values())
        self.averages = [weight.detach().clone() for weight in self.weights]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the network's present weights."""
        self.updates += 1
        momentum = min(self.momentum, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self.averages, self.weights, 1 - momentum)

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """The network computes with the averages, in evaluation mode, within this context."""
        self._swap()
        self.network.eval()
        try:
            yield
        finally:
            self.network.train()
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for weight, average in zip(self.weights, self.averages, strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)
