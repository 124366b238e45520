"""Trains the denoiser of a diffusion model on what the frozen color network sees in photos.

python -m training.diffusion.train output/gpu/cnn.npz --start weights.npz \
    --photos photos-train.zip --out output/gpu/denoiser.npz
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.diffusion.denoiser import COLOR_UNIT, Denoiser, rates
from training.gpu import executor
from training.gpu.color import ColorClasses
from training.gpu.executor import Network
from training.gpu.optimization import MovingAverage, bfloat16
from training.gpu.photos import RandomBatches, read_photos

BATCH, DRAWS, WARM_UP = 256, 4, 100
AVERAGE, CLIP_NORM, WEIGHT_DECAY = 0.999, 1.0, 0.01
FIRST_TIME, CONDITION_DROP = 0.005, 0.1
# The most that an error of the clean color counts, in the loss of the velocity (Hang et al. 2023).
MOST_WEIGHT = 5.0


class Conditions:
    """Random batches of features `(n, c, h, w)`, logits `(n, h, w, 169)` and clean colors.

    Args:
        network: the color network; its outputs become the logits and what they are made of.
        photos: to draw from.
    """

    def __init__(self, network: Network, photos: RandomBatches, device: str) -> None:
        (logits,) = network.outputs
        (head,) = (each for each in network.operations if each["name"] == logits)
        network.outputs = [*head["inputs"], logits]
        self.network, self.photos = network.requires_grad_(False), photos
        self.classes = ColorClasses(**network.facts["classes"], device=device)

    @torch.no_grad()
    def draw(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of so many photos."""
        lightness, lab = self.photos.draw(count)
        with bfloat16(lab):
            features, logits = (each.float() for each in self.network(lightness))
        coarse = functional.avg_pool2d(lab[:, 1:], lab.shape[-1] // logits.shape[-1])
        return features, logits.permute(0, 2, 3, 1), self.classes.compress(coarse) / COLOR_UNIT


def loss_of(denoiser: Denoiser, photos: Conditions) -> Tensor:
    """The weighted error of the velocity of a batch."""
    features, logits, clean = (
        each.repeat_interleave(DRAWS, 0) for each in photos.draw(BATCH // DRAWS)
    )
    device = clean.device
    known = (torch.rand(BATCH, device=device) >= CONDITION_DROP).float().view(-1, 1, 1, 1)
    # Each part of the range of times once.
    parts = (torch.randperm(BATCH, device=device) + torch.rand(BATCH, device=device)) / BATCH
    times = FIRST_TIME + (1 - FIRST_TIME) * parts
    signal, noise_rate = rates(times)
    noise = torch.randn_like(clean)
    noisy, velocity = signal * clean + noise_rate * noise, signal * noise - noise_rate * clean
    predicted = denoiser(noisy, features * known, logits * known, times)
    weights = (MOST_WEIGHT * noise_rate**2).clamp_max(1.0)
    return (weights * (predicted - velocity) ** 2).mean()


def train(denoiser: Denoiser, photos: Conditions, steps: int, rate: float) -> MovingAverage:
    """Train, and give the average of the weights."""
    average = MovingAverage(denoiser, AVERAGE)
    kernels = [each for name, each in denoiser.weights.items() if name.endswith("kernel")]
    others = [each for name, each in denoiser.weights.items() if not name.endswith("kernel")]
    groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others}]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    start, seen = time.monotonic(), list[Tensor]()
    for step in range(steps):
        for group in optimizer.param_groups:
            cosine = 0.5 + 0.5 * math.cos(math.pi * step / steps)
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP) * cosine
        loss = loss_of(denoiser, photos)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), CLIP_NORM)
        optimizer.step()
        average.update()
        seen.append(loss.detach())
        if (step + 1) % 100 == 0:
            seconds = time.monotonic() - start
            mean = torch.stack(seen).mean().item()
            print(f"step {step + 1}: loss {mean:.4f}, {seconds:.0f} s", flush=True)
            seen.clear()
    return average


def main() -> None:
    """Train and write the averaged weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", type=Path, help="the color network, .npz")
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="zip archives")
    parser.add_argument("--left-out", default="", metavar="FOLDER,FOLDER", help="not trained on")
    parser.add_argument("--start", type=Path, required=True, help="a denoiser's weights, .npz")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    args = parser.parse_args()
    torch.manual_seed(26)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    left_out = args.left_out.split(",")
    photos = read_photos(args.photos, lambda folder: folder not in left_out)
    conditions = Conditions(
        executor.load(args.network, device), RandomBatches(photos, device), device
    )
    with np.load(args.start) as weights:
        denoiser = Denoiser(weights).to(device)
    average = train(denoiser, conditions, args.steps, args.learning_rate)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with average.used():
        np.savez(args.out, **denoiser.arrays())


if __name__ == "__main__":
    main()
