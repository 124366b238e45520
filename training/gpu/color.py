"""Color on batches of channels-first tensors: the package's formulas in PyTorch."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from colorizer_tf.color.conversion import EPSILON, RGB_FROM_XYZ, SLOPE, WHITE, XYZ_FROM_RGB


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """LAB `(n, 3, h, w)` of sRGB in [0, 1]."""
    curve = ((rgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4
    linear = torch.where(rgb > 0.04045, curve, rgb / 12.92)
    xyz = _mix(XYZ_FROM_RGB / WHITE[:, None], linear)
    roots = torch.where(xyz > EPSILON, xyz.clamp_min(EPSILON) ** (1 / 3), SLOPE * xyz + 16 / 116)
    x, y, z = roots.split(1, dim=1)
    return torch.cat([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Colors in sRGB `(n, 3, h, w)` in [0, 1]; without a gradient where a channel is clipped."""
    lightness, a, b = lab.split(1, dim=1)
    y = (lightness + 16) / 116
    roots = torch.cat([y + a / 500, y, y - b / 200], 1)
    xyz = torch.where(roots > 6 / 29, roots**3, (roots - 16 / 116) / SLOPE)
    linear = _mix(RGB_FROM_XYZ * WHITE, xyz)
    curve = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, curve, linear * 12.92).clamp(0, 1)


def _mix(matrix: Any, channels: Tensor) -> Tensor:
    weights = torch.tensor(matrix, dtype=torch.float32, device=channels.device)
    return torch.einsum("ij,njhw->nihw", weights, channels)


def enlarge(ab: Tensor, scale: int) -> Tensor:
    """`(n, 2, h, w)` to `(n, 2, h * scale, w * scale)`, smoothly: as the Keras network does it."""
    blocky = functional.interpolate(ab, scale_factor=scale, mode="nearest")
    return functional.avg_pool2d(blocky, 2 * scale - 1, 1, scale - 1, count_include_pad=False)


class ColorClasses:
    """Color as a distribution over a grid of compressed ab, see `networks.color_classes`.

    Args:
        centers: of the classes along a and along b.
        chroma_compression: how strongly chroma is compressed.
        device: of the tensors to come.
    """

    def __init__(self, centers: list[float], chroma_compression: float, device: str) -> None:
        self.centers = torch.tensor(centers, device=device)
        self.chroma_compression = chroma_compression

    def cross_entropy(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Of logits `(n, 169, h, w)` against ab that may be finer: `(n,)`."""
        compressed = self.compress(functional.avg_pool2d(ab, ab.shape[-1] // logits.shape[-1]))
        logits = logits.float()
        expected = torch.zeros_like(logits[:, 0])
        # A color is shared by the four classes around it.
        for row, row_share in self._neighbors(compressed[:, 0]):
            for column, column_share in self._neighbors(compressed[:, 1]):
                index = (row * len(self.centers) + column)[:, None]
                expected = expected + row_share * column_share * logits.gather(1, index)[:, 0]
        return (torch.logsumexp(logits, 1) - expected).mean((1, 2))

    def compress(self, ab: Tensor) -> Tensor:
        """Ab `(n, 2, h, w)` with its chroma compressed, in the units of the classes."""
        chroma = self._chroma(ab)
        return ab * torch.log1p(chroma) / chroma

    def predict(self, logits: Tensor, temperature: float, scale: int = 4) -> Tensor:
        """The annealed mean color `(n, 2, h * scale, w * scale)`, in units of ab."""
        likely = torch.softmax(logits.float() / temperature, 1)
        grid = likely.unflatten(1, (len(self.centers), len(self.centers)))
        along = self.centers[:, None, None]
        mean = torch.stack([(grid.sum(2) * along).sum(1), (grid.sum(1) * along).sum(1)], 1)
        chroma = self._chroma(mean)
        return enlarge(mean * torch.expm1(chroma) / chroma, scale)

    def _chroma(self, ab: Tensor) -> Tensor:
        # The root has no gradient at zero: hence the small addend.
        squared = ab.square().sum(1, keepdim=True) + 1e-6
        return self.chroma_compression * squared.sqrt()

    def _neighbors(self, values: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The centers below and above each value: their indices and their shares."""
        values = values.clamp(self.centers[0].item(), self.centers[-1].item()).contiguous()
        below = (torch.bucketize(values, self.centers) - 1).clamp(0, len(self.centers) - 2)
        low, high = self.centers[below], self.centers[below + 1]
        share = (values - low) / (high - low)
        return [(below, 1 - share), (below + 1, share)]
