"""`colorizer-tf colorize`: photos in, photos in colour out."""

import argparse
import sys
import time
from pathlib import Path

from colorizer_tf.errors import ColorizerError, UsageError


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "colorize",
        parents=[shared],
        help="colour photos with a SavedModel",
        description="Colour photos at their own size, on their own lightness: NAME.jpg becomes "
        "NAME_colorized.png. A folder is searched at any depth and its structure mirrored.",
    )
    parser.add_argument("photos", metavar="PHOTOS", nargs="+", type=Path, help="files and folders")
    parser.add_argument(
        "--model", required=True, type=Path, metavar="FOLDER", help="a model, as savedmodels/NAME"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("output"), metavar="FOLDER", help="[output]"
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="scale at which colour is predicted [the model's]"
    )
    parser.add_argument(
        "--compare", action="store_true", help="also write NAME_compare.png: gray | coloured"
    )
    parser.add_argument("--quiet", action="store_true", help="say only what failed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Colour the photos, name those that failed, and close with the counts."""
    if args.size is not None and args.size < 1:
        raise UsageError(f"--size: received {args.size}, expected at least 1")
    from colorizer_tf.startup import load_tensorflow

    load_tensorflow(verbose=args.verbose)
    from tqdm import tqdm

    from colorizer_tf.batch import colorize_files
    from colorizer_tf.colorizer import Colorizer

    colorizer = Colorizer(args.model, size=args.size)
    silent = args.quiet or not sys.stderr.isatty()
    start = time.perf_counter()
    results = colorize_files(
        args.photos,
        args.out,
        colorizer,
        compare=args.compare,
        progress=lambda jobs: tqdm(jobs, unit="photo", disable=silent),
    )
    seconds = time.perf_counter() - start
    if not results:
        raise ColorizerError(
            f"no photos in {', '.join(map(str, args.photos))}: folders are searched for files "
            "that end in .jpg, .png, .tif and the like; name other files themselves"
        )
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(_printable(f"failed: {result.source}: {result.reason}"), file=sys.stderr)
    if not args.quiet:
        done = len(results) - len(failed)
        print(
            f"{done} colorized, {len(failed)} failed, {done / seconds:.1f} photos/s, "
            f"in {_printable(str(args.out))}"
        )
    return 1 if failed else 0


def _printable(text: str) -> str:
    """One line of valid Unicode, whatever bytes a file's name holds."""
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
