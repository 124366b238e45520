"""`colorizer-tf train`: a model from a record set."""

import argparse
import sys
from pathlib import Path

from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.models.options import TrainConfig


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "train",
        parents=[shared],
        help="train a model on a record set",
        description="Train a model on a record set into a run folder. Settings: default, then the "
        "recipe file, then flags. Watch it with: tensorboard --logdir training/runs",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=None,
        metavar="RUN",
        help="run folder to make [training/runs/MODEL]",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="a recipe that ships (cnn, gan, ...), or a TOML file with any settings",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue the run in --out exactly where it stopped"
    )
    parser.add_argument(
        "--profile",
        type=int,
        default=0,
        metavar="STEPS",
        help='trace so many steps for TensorBoard\'s tab "Profile" (pip install xprof) [0]',
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    add_flags(parser, TrainConfig)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and say where the result is."""
    from colorizer_tf.training.recipes import find_recipe, fit_to_records

    recipe = find_recipe(args.recipe) if args.recipe else None
    settings = resolve(TrainConfig, recipe, vars(args))
    out = args.out or Path("training/runs") / settings.model

    from colorizer_tf.base.startup import load_tensorflow

    load_tensorflow(verbose=args.verbose)
    from colorizer_tf.training.run_folder import RunFolder
    from colorizer_tf.training.train import train_model

    folder = RunFolder(out)
    if args.resume:
        settings = resolve(TrainConfig, None, vars(folder.read_config()) | vars(args))
    else:
        settings, changes = fit_to_records(settings, vars(args).keys())
        for change in changes:
            print(f"colorizer-tf: {change}", file=sys.stderr)
    train_model(settings, out, resume=args.resume, verbose=not args.quiet, profile=args.profile)
    best = folder.best_row()
    if best:
        print(
            f"best epoch {best['epoch']:.0f}: CIEDE2000 {best['val_delta_e']:.2f} "
            f"(gray {best['gray_delta_e']:.2f}), PSNR {best['val_psnr']:.2f} dB "
            f"(gray {best['gray_psnr']:.2f}), colorfulness {best['val_colorfulness']:.1f} "
            f"(true {best['true_colorfulness']:.1f})"
        )
    if folder.sheet.is_file():
        print(f"sheet: {folder.sheet}")
    print(f"run: {out}\nnext: colorizer-tf export {out}")
    return 0
