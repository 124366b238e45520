"""A projected discriminator (Sauer et al. 2021): it judges features of a pretrained network.

Departures: it sees the features of the gray picture too, so that it judges color for its picture.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS, HEAD_CHANNELS = 64, 128


class ProjectedDiscriminator(nn.Module):
    """Fixed random mixtures of features of strides 4, 8, 16 and 32, and a trained head for each.

    Args:
        features: of some pictures: their channels count, and their spread, to which later ones are
            brought.
    """

    def __init__(self, features: list[Tensor]) -> None:
        super().__init__()
        self.spreads = [feature.float().std().item() for feature in features]
        self.of_channels = nn.ModuleList(nn.Conv2d(f.shape[1], CHANNELS, 1) for f in features)
        self.of_scales = nn.ModuleList(
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in features
        )
        for mixture in (*self.of_channels, *self.of_scales):
            nn.init.kaiming_normal_(mixture.weight, nonlinearity="linear")
            nn.init.zeros_(mixture.bias)
            mixture.requires_grad_(False)
        self.heads = nn.ModuleList(_head(2 if index < 2 else 1) for index in range(len(features)))

    def project(self, features: list[Tensor]) -> list[Tensor]:
        """The mixtures of each scale, from coarse to fine: each also of the coarser ones."""
        found: list[Tensor] = []
        for index in reversed(range(len(features))):
            mixed = self.of_channels[index](features[index] / self.spreads[index])
            if found:
                # 0.7: the sum of two keeps the spread of one.
                coarser = functional.interpolate(found[-1], scale_factor=2, mode="bilinear")
                mixed = 0.7 * (mixed + coarser)
            found.append(self.of_scales[index](mixed))
        return found[::-1]

    def forward(self, projected: list[Tensor], gray: list[Tensor]) -> list[Tensor]:
        """Patch logits of each scale, from what `project` gives of pictures and of their L."""
        pairs = zip(self.heads, projected, gray, strict=True)
        return [head(torch.cat([own, other], 1)).float() for head, own, other in pairs]


def _head(stride: int) -> nn.Module:
    kernel = 4 if stride == 2 else 3
    return nn.Sequential(
        spectral_norm(nn.Conv2d(2 * CHANNELS, HEAD_CHANNELS, kernel, stride, 1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HEAD_CHANNELS, HEAD_CHANNELS, 3, 1, 1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HEAD_CHANNELS, 1, 1)),
    )
