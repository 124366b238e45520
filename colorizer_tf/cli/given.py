"""The flags of `colorize` by which a person gives colors."""

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf.base.errors import ImageError, UsageError
from colorizer_tf.base.printing import printable

if TYPE_CHECKING:
    from colorizer_tf.batch.finding import Findings
    from colorizer_tf.batch.report import Outcome
    from colorizer_tf.inference.guidance import GuidanceOf

_NAMED = 10


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
    group.add_argument(
        "--palette",
        default="",
        metavar="COLOR,COLOR,...",
        help="colors that all others are drawn toward, such as '#7a4b2a,#c8b28a,#2d4a6b'",
    )
    group.add_argument(
        "--reference",
        metavar="PHOTO",
        help="a color photo of the same things, whose colors are carried over to what looks alike; "
        "a note says how much of a photo matches it",
    )


def guidance(args: argparse.Namespace) -> "GuidanceOf":
    """What the flags say.

    Raises:
        UsageError: if one cannot be read.
    """
    from colorizer_tf.inference.guidance import Guidance, GuidanceOf
    from colorizer_tf.inference.hints.book import HintBook

    book = HintBook.of_flags(args.hint, args.keep)
    palette = tuple(part.strip() for part in args.palette.split(",") if part.strip())
    reference, digest = _reference(args.reference) if args.reference else ("", "")
    every = Guidance((), palette, reference, digest)
    return GuidanceOf(book + HintBook.read(args.hints) if args.hints else book, every)


def check_films(said: "GuidanceOf", findings: "Findings") -> list[str]:
    """What is to be said of films, which take no colors that a person gives.

    Raises:
        UsageError: if there is nothing but films.
    """
    films = [each.path for each in findings.photos if each.film]
    if not said or not films:
        return []
    flags = "--hint, --keep, --hints, --palette and --reference are for photos"
    if len(films) == len(findings.photos):
        raise UsageError(f"{flags}: color films without them")
    return [f"{flags}: without them {_named(films)} is colored"]


def idle(said: "GuidanceOf", outcome: "Outcome") -> list[str]:
    """What is to be said of hints for photos that the run has not met."""
    if outcome.interrupted or outcome.stopped:
        return []
    names = said.book.idle(str(result.source) for result in outcome.results)
    return [f"--hints: no photo fits {_named(names)}"] if names else []


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(printable, names[:_NAMED])) + more


def _reference(path: str) -> tuple[str, str]:
    """The file's path and the digest of its content."""
    from colorizer_tf import images

    try:
        data = images.read_file(Path(path))
        images.decode_photo(data)
    except ImageError as error:
        raise UsageError(f"--reference {path}: {error}, expected a color photo") from error
    return str(Path(path).resolve()), hashlib.sha256(data).hexdigest()[:16]
