"""The denoiser of `colorizer_tf.networks.denoiser` in PyTorch, by the names of its weights."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.gpu.optimization import bfloat16

# As in `colorizer_tf.inference.sampling`: TensorFlow and PyTorch do not load in one process.
NOISE_SHIFT = 16.0
LEVELS = 4
# Of compressed ab, in the units of color classes.
COLOR_UNIT = 10.0
CENTERS = np.array([-36, -27, -19, -13, -8, -4, 0, 4, 8, 13, 19, 27, 36], np.float32) / COLOR_UNIT
CLASS_VARIANCE = 0.25**2
FREQUENCIES = 16


def rates(time: Tensor) -> tuple[Tensor, Tensor]:
    """Signal and noise rate, each `(n, 1, 1, 1)`, as `inference.sampling.rates`."""
    time = time.view(-1, 1, 1, 1)
    noise = NOISE_SHIFT**time * torch.sin(time * (math.pi / 2))
    signal = torch.cos(time * (math.pi / 2)).clamp_min(0)
    length = torch.sqrt(noise * noise + signal * signal)
    return signal / length, noise / length


class Denoiser(nn.Module):
    """From noisy color `(n, 2, h, w)`, features, logits `(n, h, w, 169)` and times to velocity."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.weights = nn.ParameterDict()
        for name, values in weights.items():
            tensor = torch.from_numpy(np.array(values, np.float32))
            if tensor.ndim == 4:
                tensor = tensor.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
            elif tensor.ndim == 2:
                tensor = tensor.T.contiguous()
            self.weights[name] = nn.Parameter(tensor)
        turns = [100.0 ** (number / (FREQUENCIES - 1)) for number in range(FREQUENCIES)]
        colors = np.stack([np.repeat(CENTERS, CENTERS.size), np.tile(CENTERS, CENTERS.size)], -1)
        self.register_buffer("turns", torch.tensor(turns) * 2 * math.pi)
        self.register_buffer("colors", torch.from_numpy(colors))

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights in Keras's order of dimensions."""
        found = {}
        for name, parameter in self.weights.items():
            values = parameter.detach().cpu()
            if values.ndim == 4:
                values = values.permute(2, 3, 1, 0)
            elif values.ndim == 2:
                values = values.T
            found[name] = values.contiguous().numpy()
        return found

    def forward(self, noisy: Tensor, features: Tensor, logits: Tensor, time: Tensor) -> Tensor:
        means = self._means(noisy, logits, time)
        angles = time[:, None] * self.turns
        embedding = functional.silu(
            self._dense(torch.cat([angles.sin(), angles.cos()], 1), "time_dense")
        )
        with bfloat16(noisy):
            x = torch.cat([means[0], self._conv(features, "denoiser1_features")], 1)
            levels = []
            for level in range(LEVELS):
                name = f"denoiser{2**level}"
                if level:
                    x = torch.cat([self._conv(x, f"{name}_down", 2), means[level]], 1)
                x = self._block(x, embedding, f"{name}_in")
                levels.append(x)
            for level in reversed(range(LEVELS - 1)):
                name = f"denoiser{2**level}"
                x = functional.interpolate(self._conv(x, f"{name}_up"), scale_factor=2)
                x = self._block(torch.cat([x, levels[level]], 1), embedding, f"{name}_out")
        x = self._conv(functional.silu(self._norm(x.float(), "denoiser_norm")), "denoiser_velocity")
        signal, noise = rates(time)
        return (signal * noisy - means[0][:, 2:]) / noise + x

    @torch.no_grad()
    def _means(self, noisy: Tensor, logits: Tensor, time: Tensor) -> list[Tensor]:
        """By level, noisy color beside its mean under the prior, `(n, 4, h, w)`."""
        signal, noise = rates(time)
        found = []
        noisy, logits = noisy, logits.permute(0, 3, 1, 2)
        for level in range(LEVELS):
            if level:
                noisy, logits = functional.avg_pool2d(noisy, 2), functional.avg_pool2d(logits, 2)
            variance = signal**2 * CLASS_VARIANCE + (noise / 2**level) ** 2
            z = noisy.permute(0, 2, 3, 1)
            fit = (z * (signal / variance)) @ self.colors.T
            fit = fit - signal**2 / (2 * variance) * (self.colors**2).sum(-1)
            mean = torch.softmax(logits.permute(0, 2, 3, 1) + fit, -1) @ self.colors
            mean = mean + CLASS_VARIANCE * signal / variance * (z - signal * mean)
            found.append(torch.cat([z, mean], -1).permute(0, 3, 1, 2))
        return found

    def _block(self, x: Tensor, embedding: Tensor, name: str) -> Tensor:
        shortcut = x
        if f"{name}_shortcut/kernel" in self.weights:
            shortcut = self._conv(x, f"{name}_shortcut")
        x = self._conv(functional.silu(self._norm(x, f"{name}_norm")), f"{name}_conv1")
        scale, shift = self._dense(embedding, f"{name}_change")[:, :, None, None].chunk(2, 1)
        return shortcut + self._conv(functional.silu(x * (1 + scale) + shift), f"{name}_conv2")

    def _conv(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        kernel = self.weights[f"{name}/kernel"]
        padding = int(kernel.shape[-1] == 3)
        return functional.conv2d(x, kernel, self.weights[f"{name}/bias"], stride, padding)

    def _dense(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        gamma, beta = self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"]
        x = functional.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],), gamma, beta, 1e-3)
        return x.permute(0, 3, 1, 2)
