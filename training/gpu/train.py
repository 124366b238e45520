"""Trains the color network on one GPU: on the cross-entropy of color classes, then as a GAN.

python -m training.gpu.train cnn output/gpu/color.npz --photos photos-train.zip \
    --valid photos-valid.zip --out output/gpu/cnn.npz
python -m training.gpu.train gan output/gpu/cnn.npz --features output/gpu/features.npz \
    --photos photos-train.zip --valid photos-valid.zip --out output/gpu/gan.npz
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.gpu import executor
from training.gpu.color import ColorClasses, enlarge, lab_to_rgb
from training.gpu.discriminator import ProjectedDiscriminator
from training.gpu.executor import Network
from training.gpu.optimization import MovingAverage, adamw, bfloat16, descend, set_rates
from training.gpu.photos import SIZE, RandomBatches, read_photos, squares
from training.gpu.scores import ScoredPhotos, shown

BATCH = {"cnn": 384, "gan": 192}
STEPS = {"cnn": 2380, "gan": 279}
# At which the discriminator sees the colors: less than 1, so that they are lively.
GAN_TEMPERATURE = 0.3
# Length of the adversarial gradient in logits, as a share of the cross-entropy's.
ADVERSARIAL_SHARE = 0.15
# Photos of each group of folders left out that are scored.
MOST_LEFT_OUT = 800
TEMPERATURES = (1.0, 0.6, 0.4, 0.3, 0.2)

# Called after each step with its number from 1, its loss and the averaged weights.
Report = Callable[[int, Tensor, MovingAverage], None]


def train_cnn(
    network: Network, photos: RandomBatches, classes: ColorClasses, steps: int, report: Report
) -> MovingAverage:
    """Train on the cross-entropy of color classes; returns the averaged weights."""
    optimizer = adamw(network, 3e-4, 1.5e-3, weight_decay=0.04, betas=(0.9, 0.99))
    average = MovingAverage(network.train(), 0.9985)
    for step in range(steps):
        warmup = min(1, (step + 1) / 200)
        set_rates(optimizer, warmup * (0.002 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2))
        lightness, lab = photos.draw(BATCH["cnn"])
        with bfloat16(lab):
            (logits,) = network(lightness)
        loss = classes.cross_entropy(logits, lab[:, 1:]).mean()
        loss.backward()
        descend(network, optimizer)
        average.update()
        report(step + 1, loss, average)
    return average


def train_gan(
    network: Network,
    features: Network,
    photos: RandomBatches,
    classes: ColorClasses,
    steps: int,
    report: Report,
) -> MovingAverage:
    """Go on with a trained network, against a projected discriminator; returns averaged weights.

    The cross-entropy stays the loss. To its gradient in the logits comes the adversarial one,
    brought to `ADVERSARIAL_SHARE` of its length: so no weight of a loss has to be found.
    """
    discriminator = _discriminator(features, photos)
    optimizer = adamw(network, 5e-5, 2e-4, weight_decay=0.01, betas=(0.5, 0.99))
    judging = torch.optim.Adam(discriminator.heads.parameters(), 4e-4, betas=(0.0, 0.99))
    average = MovingAverage(network.train(), 0.998)
    ratio = None
    for step in range(steps):
        set_rates(optimizer, min(1, (step + 1) / 50) * min(1, 2 * (1 - step / steps)))
        lightness, lab = photos.draw(BATCH["gan"])
        with bfloat16(lab):
            (predicted,) = network(lightness)
        logits = predicted.detach().float().requires_grad_()
        loss = classes.cross_entropy(logits, lab[:, 1:]).mean()
        (exact,) = torch.autograd.grad(loss, logits)

        # All three have the network's L; the true ab is as coarse as the predicted one.
        given = 50 * (lightness + 1)
        coarse = enlarge(functional.avg_pool2d(lab[:, 1:], 4), 4)
        gray = _projected(discriminator, features, given, torch.zeros_like(coarse))
        real = _projected(discriminator, features, given, coarse)
        colors = classes.predict(logits, GAN_TEMPERATURE)
        fake = _projected(discriminator, features, given, colors)

        _discriminate(discriminator, judging, real, [each.detach() for each in fake], gray)
        with bfloat16(lab):
            patches = discriminator(fake, gray)
        (adversarial,) = torch.autograd.grad(-_mean(patches), logits)
        found = exact.norm() / (adversarial.norm() + 1e-12)
        ratio = found if ratio is None else 0.98 * ratio + 0.02 * found

        total = exact + ADVERSARIAL_SHARE * ratio.clamp_max(1e6) * adversarial
        predicted.backward(total.to(predicted.dtype))
        descend(network, optimizer)
        average.update()
        report(step + 1, loss, average)
    return average


@torch.no_grad()
def _discriminator(features: Network, photos: RandomBatches) -> ProjectedDiscriminator:
    _, lab = photos.draw(64)
    discriminator = ProjectedDiscriminator(_features(features, lab))
    return discriminator.to(lab.device, memory_format=torch.channels_last)


def _discriminate(
    discriminator: ProjectedDiscriminator,
    optimizer: torch.optim.Optimizer,
    real: list[Tensor],
    fake: list[Tensor],
    gray: list[Tensor],
) -> None:
    """A step of the discriminator on the hinge loss."""
    with bfloat16(real[0]):
        patches = discriminator(real, gray), discriminator(fake, gray)
    losses = [
        functional.relu(1 - real_patch).mean() + functional.relu(1 + fake_patch).mean()
        for real_patch, fake_patch in zip(*patches, strict=True)
    ]
    optimizer.zero_grad()
    (sum(losses) / len(losses)).backward()
    optimizer.step()


def _projected(
    discriminator: ProjectedDiscriminator, features: Network, lightness: Tensor, ab: Tensor
) -> list[Tensor]:
    seen = _features(features, torch.cat([lightness, ab], 1))
    with bfloat16(ab):
        return discriminator.project(seen)


def _features(features: Network, lab: Tensor) -> list[Tensor]:
    pictures = (255 * lab_to_rgb(lab) - 127) / 128
    with bfloat16(lab):
        found = features(pictures.contiguous(memory_format=torch.channels_last))
    return [feature.float() for feature in found]


def _mean(patches: list[Tensor]) -> Tensor:
    return torch.stack([patch.mean() for patch in patches]).mean()


def main() -> None:
    """Read the photos, train, and write the network with what it scores."""
    args = _parse()
    torch.manual_seed(args.seed)
    torch.backends.cudnn.benchmark = True
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = executor.load(args.network, device)
    classes = ColorClasses(**network.facts["classes"], device=device)
    left_out = {folder for group in args.left_out for folder in group.split(",")}
    photos = read_photos(args.photos, lambda folder: folder not in left_out)
    batches = RandomBatches(photos, device)
    scored = _scored(args, classes, device)
    start = time.monotonic()

    def report(step: int, loss: Tensor, average: MovingAverage) -> None:
        if step % max(1, args.steps // 5) == 0:
            seconds = time.monotonic() - start
            print(f"{seconds:.0f} s, step {step}, training loss {loss.item():.3f}", flush=True)
            with average.used():
                _score(network, scored, (0.6, 0.3))

    if args.kind == "cnn":
        average = train_cnn(network, batches, classes, args.steps, report)
    else:
        features = executor.load(args.features, device).requires_grad_(False)
        average = train_gan(network, features, batches, classes, args.steps, report)
    stage = {
        "kind": args.kind,
        "samples": args.steps * BATCH[args.kind],
        "seconds": round(time.monotonic() - start),
    }
    facts = network.facts | {
        "kind": args.kind,
        "trained_at": SIZE,
        "trained_on": {
            "records": ", ".join(path.stem for path in args.photos),
            "counts": {"train": len(photos.folders), "valid": len(scored["valid"].lab)},
            "left_out": sorted(left_out),
            "mean_ab": batches.mean_ab(),
        },
        "stages": [*network.facts.get("stages", []), stage],
    }
    with average.used():
        scores = _score(network, scored, TEMPERATURES)
        executor.save(network, args.out, facts | {"scores": scores})


def _score(
    network: Network, scored: dict[str, ScoredPhotos], temperatures: tuple[float, ...]
) -> dict[str, Any]:
    scores = {name: photos.score(network, temperatures) for name, photos in scored.items()}
    for name, found in scores.items():
        print(f"  {name}: {shown(found)}", flush=True)
    return scores


def _scored(
    args: argparse.Namespace, classes: ColorClasses, device: str
) -> dict[str, ScoredPhotos]:
    sets = {"valid": read_photos([args.valid], lambda _: True)}
    for group in args.left_out:
        sets[group] = read_photos(args.photos, group.split(",").__contains__, MOST_LEFT_OUT)
    return {name: ScoredPhotos(squares(each), classes, device) for name, each in sets.items()}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=sorted(STEPS))
    parser.add_argument("network", type=Path, help="to start from: color.npz; for a GAN, cnn.npz")
    parser.add_argument("--features", type=Path, help="for a GAN: features.npz")
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="zip archives")
    parser.add_argument("--valid", type=Path, required=True, help="zip archive to score on")
    parser.add_argument(
        "--left-out",
        action="append",
        default=[],
        metavar="FOLDER,FOLDER",
        help="not trained on, and scored as a set of its own; may be given several times",
    )
    parser.add_argument("--steps", type=int, help=f"of batches [{STEPS}]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    args = parser.parse_args()
    if args.kind == "gan" and not args.features:
        parser.error("gan needs --features")
    args.steps = args.steps or STEPS[args.kind]
    return args


if __name__ == "__main__":
    main()
