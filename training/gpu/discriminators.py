"""Discriminators of colored pictures, as `networks.projected` and `networks.patchgan` have them."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS, HEAD_CHANNELS = 64, 128
PATCH_WIDTHS = (64, 128, 256, 512)


class ProjectedDiscriminator(nn.Module):
    """It judges features of a pretrained network (Sauer et al. 2021).

    Fixed random mixtures of features of strides 4, 8, 16 and 32, and a trained head for each. It
    sees the features of the gray picture too, so that it judges color for its picture.

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


class PatchDiscriminator(nn.Module):
    """A PatchGAN of 70 px (Isola et al. 2017), with spectral norms."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for width in PATCH_WIDTHS:
            stride = 2 if width < PATCH_WIDTHS[-1] else 1
            layers += [_patch_conv(before, width, stride), nn.LeakyReLU(0.2)]
            before = width
        self.layers = nn.Sequential(*layers, _patch_conv(before, 1, 1))

    def forward(self, pictures: list[Tensor]) -> list[Tensor]:
        """Patch logits of one batch of LAB `(n, 3, h, w)`; both are lists of one."""
        (lab,) = pictures
        # L to [-1, 1], and ab eight times as strong as its range would have it.
        scaled = torch.cat([lab[:, :1] / 50 - 1, lab[:, 1:] / 16], 1)
        return [self.layers(scaled.contiguous(memory_format=torch.channels_last)).float()]


def _patch_conv(channels: int, width: int, stride: int) -> nn.Module:
    conv = nn.Conv2d(channels, width, 4, stride, 1)
    nn.init.xavier_normal_(conv.weight)
    nn.init.zeros_(conv.bias)
    return spectral_norm(conv)
