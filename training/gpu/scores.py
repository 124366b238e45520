"""How good colors are on photos that are not trained on, by the package's own formulas."""

import os
from typing import Any

import numpy as np
import torch
from torch import Tensor

from colorizer_tf.color.difference import ciede2000
from colorizer_tf.color.scores import colorfulness, opponents
from training.gpu.color import ColorClasses, lab_to_rgb, rgb_to_lab
from training.gpu.executor import Network

BATCH = 250


class ScoredPhotos:
    """Squares `(n, 128, 128, 3)` uint8 to score networks on."""

    def __init__(self, pixels: np.ndarray, classes: ColorClasses, device: str) -> None:
        rgb = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255
        self.lab, self.classes = rgb_to_lab(rgb), classes
        self.gray_error = _error(self.lab, torch.zeros_like(self.lab[:, 1:]))
        self.true_color = mean_colorfulness(self.lab)

    @torch.no_grad()
    def score(self, network: Network, temperatures: tuple[float, ...]) -> dict[str, Any]:
        """Cross-entropy; by temperature CIEDE2000 and colorfulness, as `model.json` names them."""
        batches = [lab[:, :1] / 50 - 1 for lab in self.lab.split(BATCH)]
        with torch.autocast(self.lab.device.type, torch.bfloat16):
            logits = torch.cat([network(lightness)[0] for lightness in batches])
        scores: dict[str, Any] = {
            "val_loss": self.classes.cross_entropy(logits, self.lab[:, 1:]).mean().item(),
            "gray_delta_e": self.gray_error,
            "true_colorfulness": self.true_color,
            "by_temperature": {},
        }
        for temperature in temperatures:
            ab = torch.cat(
                [self.classes.predict(part, temperature) for part in logits.split(BATCH)]
            )
            scores["by_temperature"][str(temperature)] = {
                "val_delta_e": _error(self.lab, ab),
                "val_colorfulness": mean_colorfulness(torch.cat([self.lab[:, :1], ab], 1)),
            }
        return scores


def shown(scores: dict[str, Any]) -> str:
    """The scores in a line: CIEDE2000 and colorfulness as shares of gray's and of the truth's."""
    parts = [f"loss {scores['val_loss']:.4f}"]
    for temperature, found in scores["by_temperature"].items():
        error = found["val_delta_e"] / scores["gray_delta_e"]
        color = found["val_colorfulness"] / scores["true_colorfulness"]
        parts.append(f"T={temperature} error {error:.4f} color {color:.3f}")
    return ", ".join(parts)


def _error(lab: Tensor, ab: Tensor) -> float:
    both = [torch.cat([lab[:, :1], colors], 1).movedim(1, -1) for colors in (lab[:, 1:], ab)]
    true, found = (colors.contiguous().cpu().numpy() for colors in both)
    return float(ciede2000(true, found, threads=os.cpu_count() or 1).mean())


def mean_colorfulness(lab: Tensor) -> float:
    """Of pictures `(n, 3, h, w)` in LAB."""
    planes = opponents(*(255 * lab_to_rgb(lab)).unbind(1))
    means = [plane.mean((1, 2)).cpu().numpy() for plane in planes]
    variances = [plane.var((1, 2), correction=0).cpu().numpy() for plane in planes]
    return float(colorfulness(tuple(means), tuple(variances)).mean())
