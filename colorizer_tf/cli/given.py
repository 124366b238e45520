"""The flags of `colorize` by which a person gives colors."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorizer_tf.inference.guidance import GuidanceOf


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags, as a group of their own."""
    group = parser.add_argument_group("colors that you give")
    group.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y[,R]=COLOR",
        help="a color in a place of the photo, and of what belongs to it: pixels of the upright "
        "photo or per cent, 420,310=#a01818 or 35%%,20%%=skyblue or 100,50=lab(60 20 30); R is the "
        "radius of a spot; may be given several times",
    )
    group.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="X,Y[,R]",
        help="a place that stays as the model has it, whatever is said beside it",
    )
    group.add_argument(
        "--hints",
        metavar="FILE",
        help="hints of many photos, by their names or by patterns: JSON or CSV, see docs/hints.md",
    )


def guidance(args: argparse.Namespace) -> "GuidanceOf":
    """What the flags say.

    Raises:
        UsageError: if one cannot be read.
    """
    from colorizer_tf.inference.guidance import GuidanceOf
    from colorizer_tf.inference.hints.book import HintBook

    book = HintBook.of_flags(args.hint, args.keep)
    return GuidanceOf(book + HintBook.read(args.hints) if args.hints else book)
