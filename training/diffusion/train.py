"""Trains the denoiser of a diffusion model on features of the frozen color network.

python -m training.diffusion.train output/diffusion --start weights.npz --out output/denoiser.npz
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.diffusion.denoiser import Denoiser, rates
from training.diffusion.files import COLORS_FILE, FEATURES_FILE

BATCH, DRAWS, WARM_UP = 64, 2, 100
AVERAGE, CLIP_NORM, WEIGHT_DECAY = 0.999, 1.0, 0.01
FIRST_TIME, CONDITION_DROP = 0.005, 0.1
# The most that an error of the clean color counts, in the loss of the velocity (Hang et al. 2023).
MOST_WEIGHT = 5.0


class Photos:
    """Random batches of features `(n, c, h, w)`, logits `(n, h, w, 169)` and clean colors."""

    def __init__(self, folder: Path, head: Path) -> None:
        self.features = np.load(folder / FEATURES_FILE, mmap_mode="r")
        self.colors = np.load(folder / COLORS_FILE, mmap_mode="r")
        with np.load(head) as network:
            self.kernel = torch.from_numpy(network["color_logits/kernel"][0, 0])
            self.bias = torch.from_numpy(network["color_logits/bias"])
        self._rng, self._left = np.random.default_rng(26), list[int]()

    def draw(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """The next ones of a new order, in which each comes once."""
        if len(self._left) < count:
            self._left = list(self._rng.permutation(len(self.features)))
        rows = np.sort([self._left.pop() for _ in range(count)])
        features, colors = (
            torch.from_numpy(np.asarray(each[rows])).float()
            for each in (self.features, self.colors)
        )
        logits = features @ self.kernel + self.bias
        return features.permute(0, 3, 1, 2), logits, colors.permute(0, 3, 1, 2)


def loss_of(denoiser: Denoiser, photos: Photos) -> Tensor:
    """The weighted error of the velocity of a batch."""
    features, logits, clean = (
        each.repeat_interleave(DRAWS, 0) for each in photos.draw(BATCH // DRAWS)
    )
    known = (torch.rand(BATCH) >= CONDITION_DROP).float().view(-1, 1, 1, 1)
    # Each part of the range of times once.
    parts = (torch.randperm(BATCH) + torch.rand(BATCH)) / BATCH
    times = FIRST_TIME + (1 - FIRST_TIME) * parts
    signal, noise_rate = rates(times)
    noise = torch.randn(BATCH, *clean.permute(0, 2, 3, 1).shape[1:]).permute(0, 3, 1, 2)
    noisy, velocity = signal * clean + noise_rate * noise, signal * noise - noise_rate * clean
    predicted = denoiser(noisy, features * known, logits * known, times)
    weights = (MOST_WEIGHT * noise_rate**2).clamp_max(1.0)
    return (weights * (predicted - velocity) ** 2).mean()


def train(denoiser: Denoiser, photos: Photos, steps: int, rate: float) -> Denoiser:
    """Train, and give the average of the weights."""
    average = Denoiser(denoiser.arrays()).requires_grad_(False)
    kernels = [each for name, each in denoiser.weights.items() if name.endswith("kernel")]
    others = [each for name, each in denoiser.weights.items() if not name.endswith("kernel")]
    groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others}]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    start, seen = time.monotonic(), list[float]()
    for step in range(steps):
        for group in optimizer.param_groups:
            cosine = 0.5 + 0.5 * math.cos(math.pi * step / steps)
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP) * cosine
        loss = loss_of(denoiser, photos)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), CLIP_NORM)
        optimizer.step()
        share = 1 - min(AVERAGE, (2 + step) / (11 + step))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(average.weights.values()), list(denoiser.weights.values()), share
            )
        seen.append(loss.item())
        if (step + 1) % 50 == 0:
            seconds = time.monotonic() - start
            print(f"step {step + 1}: loss {np.mean(seen):.4f}, {seconds:.0f} s", flush=True)
            seen.clear()
    return average


def main() -> None:
    """Train and write the averaged weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder that training.diffusion.features wrote")
    parser.add_argument("--network", type=Path, required=True, help="the color network, .npz")
    parser.add_argument("--start", type=Path, required=True, help="a denoiser's weights, .npz")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    args = parser.parse_args()
    torch.manual_seed(26)
    with np.load(args.start) as weights:
        denoiser = Denoiser(weights)
    average = train(denoiser, Photos(args.features, args.network), args.steps, args.learning_rate)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(args.out, **average.arrays())


if __name__ == "__main__":
    main()
