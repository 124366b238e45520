"""Compares networks at equal colorfulness: what their adversaries are worth.

python -m training.gpu.front output/gpu/cnn.npz output/gpu/gan.npz --photos photos-valid.zip

Photos are squares of 128 px; colors are compared at a quarter of that, where they are predicted.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.frechet import Moments, ab_cells, ab_features, frechet_distance
from training.gpu import executor
from training.gpu.color import ColorClasses, rgb_to_lab
from training.gpu.optimization import bfloat16
from training.gpu.photos import read_photos, squares
from training.gpu.scores import mean_colorfulness

SCALE, BATCH = 4, 50
# Halvings of the range of factors in which the one is looked for that gives the colorfulness.
HALVINGS, MOST = 8, 4.0
# Neutral has less chroma than the first, color more than the second; a patch is so much of a photo.
NEUTRAL, COLORED, PATCH = 9.0, 22.0, 0.02


class Found(NamedTuple):
    """Scores of a set of pictures.

    Attributes:
        delta_e: mean CIEDE2000.
        colorfulness: mean colorfulness.
        frechet_ab: of all of them.
        patches: share of those with a patch of color on something neutral.
    """

    delta_e: float
    colorfulness: float
    frechet_ab: float
    patches: float


class Truth:
    """Coarse LAB `(n, 3, h, w)` of photos, to compare colors with."""

    def __init__(self, lab: Tensor) -> None:
        self.lab = functional.avg_pool2d(lab, SCALE)
        self.moments = _moments(self.lab[:, 1:])
        self.gray = self.score(torch.zeros_like(self.lab[:, 1:]))
        self.true = self.score(self.lab[:, 1:])

    def score(self, ab: Tensor) -> Found:
        """Scores of the photos with other ab `(n, 2, h, w)`."""
        lab = torch.cat([self.lab[:, :1], ab], 1)
        true, found = (each.movedim(1, -1).contiguous().numpy() for each in (self.lab, lab))
        return Found(
            delta_e=float(ciede2000(true, found).mean()),
            colorfulness=mean_colorfulness(lab),
            frechet_ab=100 * frechet_distance(self.moments, _moments(ab)),
            patches=_patches(self.lab[:, 1:], ab),
        )

    def at(self, ab: Tensor, share: float) -> Found:
        """Scores of ab, strengthened or weakened to a share of the true colorfulness."""
        low, high = 0.0, MOST
        for _ in range(HALVINGS):
            factor = (low + high) / 2
            weak = mean_colorfulness(torch.cat([self.lab[:, :1], factor * ab], 1))
            low, high = (factor, high) if weak < share * self.true.colorfulness else (low, factor)
        return self.score((low + high) / 2 * ab)


@torch.no_grad()
def coarse_colors(
    path: Path, lab: Tensor, temperatures: list[float], device: str
) -> dict[float, Tensor]:
    """Ab `(n, 2, h, w)` that a network predicts, by temperature."""
    network = executor.load(path, device)
    classes = ColorClasses(**network.facts["classes"], device=device)
    found: dict[float, list[Tensor]] = {each: [] for each in temperatures}
    for batch in lab.split(BATCH):
        lightness = (batch[:, :1] / 50 - 1).to(device, memory_format=torch.channels_last)
        with bfloat16(lightness):
            (logits,) = network(lightness)
        for temperature in temperatures:
            found[temperature].append(classes.predict(logits, temperature, scale=1).cpu())
    return {temperature: torch.cat(parts) for temperature, parts in found.items()}


def _patches(true: Tensor, ab: Tensor) -> float:
    wrong = (true.norm(dim=1) < NEUTRAL) & (ab.norm(dim=1) > COLORED)
    largest = []
    for picture in wrong.numpy().astype(np.uint8):
        _, _, regions, _ = cv2.connectedComponentsWithStats(picture, connectivity=4)
        areas = regions[1:, cv2.CC_STAT_AREA]
        largest.append(areas.max() / picture.size if len(areas) else 0.0)
    return float(np.mean(np.array(largest) >= PATCH))


def _moments(ab: Tensor) -> Moments:
    cells = np.stack([ab_cells(each.movedim(0, -1).numpy()) for each in ab])
    return Moments.of(ab_features(cells / ab[0, 0].numel()))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("networks", type=Path, nargs="+", help="that train wrote, .npz")
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="zip archives")
    parser.add_argument("--folders", default="", metavar="FOLDER,FOLDER", help="of them only")
    parser.add_argument("--most", type=int, default=1000, help="photos [%(default)s]")
    parser.add_argument("--temperatures", type=_numbers, default=[0.6, 0.4, 0.3])
    parser.add_argument("--colorfulness", type=_numbers, default=[0.65, 0.75])
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folders = [each for each in args.folders.split(",") if each]
    photos = read_photos(args.photos, lambda name: not folders or name in folders, args.most)
    rgb = torch.from_numpy(squares(photos)).permute(0, 3, 1, 2).float() / 255
    lab = rgb_to_lab(rgb)
    truth = Truth(lab)
    for path in args.networks:
        for temperature, ab in coarse_colors(path, lab, args.temperatures, device).items():
            for share in args.colorfulness:
                found = truth.at(ab, share)
                print(
                    f"{path.stem}, T = {temperature}, colorfulness {share}: CIEDE2000 "
                    f"{found.delta_e / truth.gray.delta_e:.4f} of gray's, Frechet ab "
                    f"{found.frechet_ab:.2f}, patches {found.patches:.3f}",
                    flush=True,
                )


def _numbers(text: str) -> list[float]:
    return [float(each) for each in text.split(",")]


if __name__ == "__main__":
    main()
