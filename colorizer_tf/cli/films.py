"""The films that `colorizer-tf colorize` is given: flags, names of outputs, what is said."""

import argparse
import dataclasses
import sys
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.options import add_flags as add_option_flags
from colorizer_tf.base.options import resolve
from colorizer_tf.base.printing import printable
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


def take_films(args: argparse.Namespace) -> list[Path]:
    """Take the films off the photos that were named, and give them."""
    from colorizer_tf.video.reading import is_film

    films = [each for each in args.photos if is_film(each) and not Path(each).is_dir()]
    args.photos = [each for each in args.photos if each not in films]
    return list(map(Path, dict.fromkeys(films)))


def color_films(films: list[Path], args: argparse.Namespace) -> int:
    """Color films into the folder `args.out`, and name those that failed.

    Returns:
        The exit code.
    """
    from colorizer_tf.batch.options import ColorizeOptions
    from colorizer_tf.inference.catalog import find_model
    from colorizer_tf.inference.colorizer import Colorizer
    from colorizer_tf.inference.request import PredictionRequest
    from colorizer_tf.video.film import color_film

    options = options_of(args)
    strength = resolve(ColorizeOptions, None, vars(args)).strength
    request = resolve(PredictionRequest, None, vars(args))
    todo, failed = _planned(films, args)
    if args.dry_run or not todo:
        return 1 if failed else 0
    colorizer = Colorizer(find_model(args.model), runtime=args.runtime, threads=1, **vars(request))
    for film, target in todo:
        try:
            made = color_film(
                film, target, colorizer, options, strength=strength, progress=not args.quiet
            )
        except UsageError:
            raise
        except ColorizerError as error:
            failed += _fail(film, str(error))
        else:
            _say(f"{film} -> {target}: {made.frames} frames", args)
    return 1 if failed else 0


def _planned(films: list[Path], args: argparse.Namespace) -> tuple[list[tuple[Path, Path]], int]:
    """Films and where to, without what is there already; and how many have no place."""
    from colorizer_tf.video.writing import suffix_for

    todo: dict[Path, Path] = {}
    failed = 0
    for film in films:
        target = args.out / f"{film.stem}_colorized{suffix_for(film)}"
        if target in todo:
            failed += _fail(film, f"{todo[target]} becomes {target} too: give it another --out")
        elif not film.exists():
            failed += _fail(film, "no such file or folder")
        elif target.exists() and not args.overwrite:
            _say(f"skip: {film}: {target} exists; --overwrite colors it again", args)
        else:
            todo[target] = film
            if args.dry_run:
                print(printable(f"{film} -> {target}"))
    return [(film, target) for target, film in todo.items()], failed


def _fail(film: Path, reason: str) -> int:
    print(printable(f"failed: {film}: {reason}"), file=sys.stderr)
    return 1


def _say(text: str, args: argparse.Namespace) -> None:
    if not args.quiet:
        print(printable(text))
