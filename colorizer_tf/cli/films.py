"""The films that `colorizer-tf colorize` is given: their flags."""

import argparse
import dataclasses

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options import add_flags as add_option_flags
from colorizer_tf.base.options import resolve
from colorizer_tf.video.options import FilmOptions


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Give `colorize` the flags that are for films alone."""
    add_option_flags(parser, FilmOptions)
    for flag, name, text in (
        ("--from", "start", "of films, begin SECONDS into them [0]"),
        ("--to", "end", "of films, stop SECONDS into them [their end]"),
    ):
        parser.add_argument(
            flag, dest=name, type=float, metavar="SECONDS", default=argparse.SUPPRESS, help=text
        )
    parser.add_argument(
        "--preview", type=float, metavar="SECONDS", help="of films, color that much from --from on"
    )


def options_of(args: argparse.Namespace) -> FilmOptions:
    """What the flags say.

    Raises:
        UsageError: if a value is outside of its range, or --preview and --to come together.
    """
    options: FilmOptions = resolve(FilmOptions, None, vars(args))
    if args.preview is None:
        return options
    if options.end is not None:
        raise UsageError("--preview and --to contradict each other: give one of them")
    return dataclasses.replace(options, end=options.start + args.preview)
