"""`colorizer-tf train`: a model from a record set."""

import argparse
import sys
from pathlib import Path

from colorizer_tf.base.errors import UsageError
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
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="TOML file with any settings")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --out, exactly where it was"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    add_flags(parser, TrainConfig)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and say where the result is."""
    settings = resolve(TrainConfig, args.recipe, vars(args))
    out = args.out or Path("training/runs") / settings.model

    from colorizer_tf.base.startup import load_tensorflow

    load_tensorflow(verbose=args.verbose)
    from colorizer_tf.training.callbacks import best_row
    from colorizer_tf.training.train import read_config, train_model

    if args.resume:
        stored = read_config(out)
        if resolve(TrainConfig, args.recipe, vars(stored) | vars(args)) != stored:
            raise UsageError(
                f"{out}: --resume goes on with the run's own settings ({out}/config.json); for "
                f"others start a new run with --init-from {out}"
            )
        settings = stored
    show = 0 if args.quiet else 1 if sys.stdout.isatty() else 2
    history = train_model(settings, out, resume=args.resume, verbose=show)
    best = best_row(history)
    if best:
        print(
            f"best epoch {best['epoch']:.0f}: CIEDE2000 {best['val_delta_e']:.2f} "
            f"(gray {best['gray_delta_e']:.2f}), PSNR {best['val_psnr']:.2f} dB "
            f"(gray {best['gray_psnr']:.2f}), colorfulness {best['val_colorfulness']:.1f} "
            f"(true {best['true_colorfulness']:.1f})"
        )
    print(f"run: {out}\nnext: colorizer-tf export {out}")
    return 0
