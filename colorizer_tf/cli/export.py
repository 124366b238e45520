"""`colorizer-tf export`: a training run -> a SavedModel, and other formats."""

import argparse
from pathlib import Path

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.export.options import ExportOptions


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        parents=[shared],
        help="make a SavedModel of a training run, and other formats",
        description="Make a SavedModel of a run's best weights, with the signatures predict_ab, "
        "colorize and colorize_bytes, other formats, and model.json beside it. Each format is run "
        "and compared with what it was made of; one whose colors differ is an error.",
    )
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="folder of a training run")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder to write [savedmodels/NAME]"
    )
    parser.add_argument("--name", help="the model's name, where --out is not given [the run's]")
    parser.add_argument(
        "--size", type=int, metavar="N", help="scale at which color is predicted [the training's]"
    )
    parser.add_argument(
        "--license", metavar="TEXT", help="license of the weights, for model.json [Apache-2.0]"
    )
    add_flags(parser, ExportOptions)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, and say where to."""
    if args.out and args.name:
        raise UsageError("--name and --out contradict each other: the folder's name is the model's")
    if args.size is not None and args.size < 1:
        raise UsageError(f"--size: received {args.size}, expected at least 1")
    options = resolve(ExportOptions, None, vars(args))
    from colorizer_tf.base.startup import load_tensorflow

    load_tensorflow(verbose=args.verbose)
    from colorizer_tf.export.formats.parity import table
    from colorizer_tf.export.saved_model import LICENSE, export_run
    from colorizer_tf.inference.catalog import FOLDER, size_on_disk
    from colorizer_tf.inference.model_json import read_info

    out = export_run(
        args.run_folder,
        args.out or Path(FOLDER, args.name or args.run_folder.resolve().name),
        size=args.size,
        weights_license=args.license or LICENSE,
        options=options,
    )
    info = read_info(out)
    print(table(info["formats"], info["compared_on"]))
    print(f"{out}: {', '.join(options.formats)} and model.json, {size_on_disk(out):.1f} MB")
    print(f"colorizer-tf colorize PHOTOS... --model {out} uses it")
    if "web" in options.formats:
        print(f"python -m http.server --bind 127.0.0.1 --directory {out / 'web'} serves its page")
    return 0
