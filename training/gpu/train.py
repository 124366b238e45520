"""Trains the color network on one GPU: on the cross-entropy of color classes, then as a GAN.

python -m training.gpu.train cnn output/gpu/color.npz --photos photos-train.zip \
    --valid photos-valid.zip --out output/gpu/cnn.npz
python -m training.gpu.train gan output/gpu/cnn.npz --features output/gpu/features.npz \
    --photos photos-train.zip --valid photos-valid.zip --out output/gpu/gan.npz
"""

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.gpu import executor
from training.gpu.adversaries import Adversary, FeatureDistance, PatchGAN, Projected
from training.gpu.algorithms import train_cnn, train_gan
from training.gpu.color import ColorClasses
from training.gpu.executor import Network
from training.gpu.optimization import MovingAverage
from training.gpu.photos import SIZE, RandomBatches, read_photos, squares
from training.gpu.scores import ScoredPhotos, shown

BATCH = {"cnn": 384, "gan": 192}
STEPS = {"cnn": 2380, "gan": 279}
ADVERSARIES = ("projected", "patchgan", "features")
# Photos of each group of folders left out that are scored.
MOST_LEFT_OUT = 800
TEMPERATURES = (1.0, 0.6, 0.4, 0.3, 0.2)


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
    batches = RandomBatches(photos, device, args.size)
    if args.freeze_encoder != "none":
        network.freeze("encoder", args.freeze_encoder)
    scored = _scored(args, classes, device)
    start = time.monotonic()

    def report(step: int, loss: Tensor, average: MovingAverage) -> None:
        if step % max(1, args.steps // 5) == 0:
            seconds = time.monotonic() - start
            print(f"{seconds:.0f} s, step {step}, training loss {loss.item():.3f}", flush=True)
            with average.used():
                _score(network, scored, (0.6, 0.3))

    if args.kind == "cnn":
        average = train_cnn(network, batches, classes, args.steps, args.batch, report)
    else:
        pulls = _adversaries(args, batches, device)
        average = train_gan(network, pulls, batches, classes, args.steps, args.batch, report)
    stage = {
        "kind": args.kind,
        "samples": args.steps * args.batch,
        "seconds": round(time.monotonic() - start),
    }
    facts = network.facts | {
        "kind": args.kind,
        "trained_at": args.size,
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


def _adversaries(
    args: argparse.Namespace, photos: RandomBatches, device: str
) -> dict[str, Adversary]:
    wanted = args.adversaries.split(",")
    found: dict[str, Adversary] = {}
    if "patchgan" in wanted:
        found["patchgan"] = PatchGAN(device)
    if set(wanted) - {"patchgan"}:
        features = executor.load(args.features, device).requires_grad_(False)
        if "projected" in wanted:
            found["projected"] = Projected(features, photos)
        if "features" in wanted:
            found["features"] = FeatureDistance(features)
    return found


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
    parser.add_argument("--batch", type=int, help=f"photos in each [{BATCH}]")
    parser.add_argument("--size", type=int, default=SIZE, help=f"of the pictures [{SIZE}]")
    parser.add_argument(
        "--freeze-encoder",
        choices=("none", "norm", "all"),
        default="none",
        help="keep of the encoder its normalization (norm) or all as it is [none]",
    )
    parser.add_argument(
        "--adversaries",
        default="projected",
        metavar="NAME,NAME",
        help=f"of a GAN, of {', '.join(ADVERSARIES)} [projected]",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    args = parser.parse_args()
    if args.kind == "gan" and not args.features:
        parser.error("gan needs --features")
    if unknown := set(args.adversaries.split(",")) - set(ADVERSARIES):
        parser.error(f"--adversaries: received {unknown}, expected some of {ADVERSARIES}")
    args.steps = args.steps or STEPS[args.kind]
    args.batch = args.batch or BATCH[args.kind]
    return args


if __name__ == "__main__":
    main()
