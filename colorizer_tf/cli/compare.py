"""`colorizer-tf compare`: the measures of two pictures."""

import argparse
import json
import math
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError, ImageError


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        parents=[shared],
        help="measure how two pictures differ",
        description="Measure how picture B differs from picture A, the true one, as evaluate does. "
        "B may have another size of the same proportions: it is resized to A's.",
    )
    parser.add_argument("true", metavar="A", type=Path, help="the true picture")
    parser.add_argument("other", metavar="B", type=Path, help="the one to measure")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, and print a line a measure."""
    from colorizer_tf import images
    from colorizer_tf.evaluation.measures import appearance, compare
    from colorizer_tf.evaluation.protocol import fitted, prepared

    pictures = {}
    for path in (args.true, args.other):
        try:
            pictures[path] = images.decode_image(images.read_file(path))
        except ImageError as error:
            raise ColorizerError(f"{path}: {error}; give two pictures") from None
    photo = prepared(str(args.true), pictures[args.true])
    try:
        picture = fitted(pictures[args.other], photo)
    except ImageError as error:
        raise ColorizerError(
            f"{args.other}: {error}; the photo is {args.true}, the first of the two named"
        ) from None
    true, both = appearance(photo.truth).values, compare(photo.truth, picture).values
    found = {name: value for name, value in both.items() if name not in true}
    for name in ("chroma", "colorfulness", "colorfulness_absolute"):
        found[name], found[f"true_{name}"] = both[name], true[name]
    if args.json:
        values = {name: None if math.isnan(value) else value for name, value in found.items()}
        print(json.dumps(values))
        return 0
    width = max(map(len, found))
    for name, value in found.items():
        print(f"{name:{width}}  {'–' if math.isnan(value) else f'{value:.4f}'}")
    return 0
