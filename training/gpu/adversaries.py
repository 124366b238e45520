"""What pulls the colors of a GAN toward true ones: discriminators, and a distance of features.

Each is called with L, the true ab and the predicted ab, `(n, 1, h, w)` and `(n, 2, h, w)` in units
of LAB, and returns a loss for the predicted ab to lower; a discriminator learns in the same call.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.gpu.color import lab_to_rgb
from training.gpu.discriminators import PatchDiscriminator, ProjectedDiscriminator
from training.gpu.executor import Network
from training.gpu.optimization import bfloat16
from training.gpu.photos import RandomBatches

RATES = {"projected": 4e-4, "patchgan": 2e-4}
# As `networks.features.FEATURE_SCALES`: spreads of the features at strides 4, 8, 16 and 32.
FEATURE_SCALES = (11.0, 10.0, 8.0, 3.0)

Adversary = Callable[[Tensor, Tensor, Tensor], Tensor]


class Projected:
    """A discriminator of frozen features, which are also those of the gray picture (Sauer 2021)."""

    def __init__(self, features: Network, photos: RandomBatches) -> None:
        self.features = features
        _, lab = photos.draw(64)
        with torch.no_grad():
            self.discriminator = ProjectedDiscriminator(_features(features, lab))
        self.discriminator.to(lab.device, memory_format=torch.channels_last)
        self.optimizer = _adam(self.discriminator.heads, RATES["projected"])

    def __call__(self, lightness: Tensor, true: Tensor, colors: Tensor) -> Tensor:
        gray, real, fake = (
            self._seen(lightness, ab) for ab in (torch.zeros_like(true), true, colors)
        )
        _learn(lambda seen: self.discriminator(seen, gray), self.optimizer, real, fake)
        with bfloat16(true):
            return -_mean(self.discriminator(fake, gray))

    def _seen(self, lightness: Tensor, ab: Tensor) -> list[Tensor]:
        seen = _features(self.features, torch.cat([lightness, ab], 1))
        with bfloat16(ab):
            return self.discriminator.project(seen)


class PatchGAN:
    """A discriminator of L and ab that begins from nothing (Isola et al. 2017)."""

    def __init__(self, device: str) -> None:
        self.discriminator = PatchDiscriminator().to(device, memory_format=torch.channels_last)
        self.optimizer = _adam(self.discriminator, RATES["patchgan"])

    def __call__(self, lightness: Tensor, true: Tensor, colors: Tensor) -> Tensor:
        real, fake = ([torch.cat([lightness, ab], 1)] for ab in (true, colors))
        _learn(self.discriminator, self.optimizer, real, fake)
        with bfloat16(true):
            return -_mean(self.discriminator(fake))


class FeatureDistance:
    """The distance of frozen features (Johnson, Alahi and Fei-Fei 2016)."""

    def __init__(self, features: Network) -> None:
        self.features = features

    def __call__(self, lightness: Tensor, true: Tensor, colors: Tensor) -> Tensor:
        found = _features(self.features, torch.cat([lightness, colors], 1))
        with torch.no_grad():
            expected = _features(self.features, torch.cat([lightness, true], 1))
        distances = [
            (one - other).abs().mean() / scale
            for one, other, scale in zip(found, expected, FEATURE_SCALES, strict=True)
        ]
        return torch.stack(distances).mean()


def _learn(
    discriminator: Callable[[list[Tensor]], list[Tensor]],
    optimizer: torch.optim.Optimizer,
    real: list[Tensor],
    fake: list[Tensor],
) -> None:
    """A step of the discriminator on the hinge loss."""
    fake = [each.detach() for each in fake]
    with bfloat16(real[0]):
        patches = discriminator(real), discriminator(fake)
    losses = [
        functional.relu(1 - real_patch).mean() + functional.relu(1 + fake_patch).mean()
        for real_patch, fake_patch in zip(*patches, strict=True)
    ]
    optimizer.zero_grad()
    (sum(losses) / len(losses)).backward()
    optimizer.step()


def _adam(module: nn.Module, rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(module.parameters(), rate, betas=(0.0, 0.99))


def _features(features: Network, lab: Tensor) -> list[Tensor]:
    pictures = (255 * lab_to_rgb(lab) - 127) / 128
    with bfloat16(lab):
        found = features(pictures.contiguous(memory_format=torch.channels_last))
    return [feature.float() for feature in found]


def _mean(patches: list[Tensor]) -> Tensor:
    return torch.stack([patch.mean() for patch in patches]).mean()
