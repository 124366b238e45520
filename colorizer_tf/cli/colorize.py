"""`colorizer-tf colorize`: photos in, photos in color out."""

import argparse
import contextlib
import dataclasses
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.base.printing import printable
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.cli import engine, films, given
from colorizer_tf.cli.outcome import INTERRUPTED, gallery, report, sum_up
from colorizer_tf.inference.request import PredictionRequest

if TYPE_CHECKING:
    from colorizer_tf.batch.engines import Command
    from colorizer_tf.batch.finding import Findings, InputPath


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "colorize",
        parents=[shared],
        help="color photos with a SavedModel",
        description="Color photos at their own size, on their own lightness: NAME.jpg becomes "
        "NAME_colorized.jpg. A folder is searched at any depth and its structure mirrored; "
        "album.zip becomes album_colorized.zip. What is done already is skipped: interrupted, run "
        "it again, and it goes on where it stopped.",
        epilog="Exit codes: 0 all done or skipped, 1 some failed, 2 wrong usage, 130 interrupted.",
    )
    _add_inputs(parser)
    add_flags(parser, PredictionRequest)
    add_flags(parser, ColorizeOptions)
    given.add_flags(parser)
    films.add_flags(parser)
    engine.add_flags(parser)
    _add_run_flags(parser)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "photos",
        metavar="PHOTOS",
        nargs="*",
        help="files, folders, zip archives, films, quoted patterns such as 'scans/**/*.tif'; - "
        "reads paths from standard input",
    )
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="a model that ships, one in savedmodels/, or a model's folder [the best that ships]; "
        "colorizer-tf models lists them",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("output"), metavar="FOLDER", help="[output]"
    )
    parser.add_argument(
        "--list",
        dest="list_file",
        metavar="FILE",
        help="also take the paths in a file, one a line; - for standard input",
    )
    parser.add_argument(
        "--null", action="store_true", help="paths in lists end in NUL, not in a newline"
    )


def _add_run_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of colors drawn at random: of --variants, and of models that draw [0]",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="do all again, and replace files in --out that no earlier run made",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="photos at a time [one a core]")
    parser.add_argument(
        "--runtime",
        choices=("auto", "onnx", "tensorflow"),
        default="auto",
        help="what runs the network; auto: TensorFlow if it finds a GPU, else ONNX Runtime [auto]",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write what became of each photo, as JSON"
    )
    parser.add_argument(
        "--gallery",
        action="store_true",
        help="write gallery.html into --out: all photos of the run before and after, to look at",
    )
    parser.add_argument("--quiet", action="store_true", help="say only what failed")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done and where to, and do nothing"
    )


def run(args: argparse.Namespace) -> int:
    """Color the photos, name those that failed, and close with the counts."""
    _check(args)
    options = resolve(ColorizeOptions, None, vars(args))
    prediction = dataclasses.replace(resolve(PredictionRequest, None, vars(args)), seed=args.seed)
    said = given.guidance(args)
    film_options = films.options_of(args)
    try:
        from colorizer_tf.batch.finding import find
        from colorizer_tf.batch.plan import check_names

        check_names(options)
        with _inputs(args) as inputs:
            # Before folders are searched, which may take minutes.
            command = _command(args, options, prediction)
            findings = find(inputs, args.out, film_options)
        for line in given.check_films(said, findings):
            print(f"colorizer-tf: warning: {line}", file=sys.stderr)
        if not findings.photos:
            _say_passed_by(findings.passed_by, args)
            raise ColorizerError(_nothing_found(args))
        if args.dry_run:
            return _preview(findings, command, args)
        return _color(findings, command, args)
    except KeyboardInterrupt:
        print("colorizer-tf: interrupted", file=sys.stderr)
        return INTERRUPTED


def _command(
    args: argparse.Namespace, options: ColorizeOptions, prediction: PredictionRequest
) -> "Command":
    """What the user asked for, with the model looked up."""
    from colorizer_tf.batch.engines import Command
    from colorizer_tf.inference.catalog import find_model
    from colorizer_tf.inference.model_json import read_info

    args.model = find_model(args.model)
    info = read_info(args.model)
    prediction = prediction.resolved(info)
    warning = prediction.beyond_training(info)
    if warning and not args.quiet:
        print(f"colorizer-tf: warning: {warning}", file=sys.stderr)
    return Command(
        out=args.out,
        model=args.model,
        prediction=prediction,
        options=options,
        guidance=given.guidance(args),
        overwrite=args.overwrite,
        runtime=args.runtime,
        workers=args.workers,
        progress=not args.quiet,
        verbose=args.verbose,
    )


def _nothing_found(args: argparse.Namespace) -> str:
    from colorizer_tf.records.sources.kinds import kind_of

    kinds = {path: kind_of(path) for path in args.photos}
    known = ("a run", "a model", "a record set")
    other = [f"{path} is {kind}" for path, kind in kinds.items() if kind in known]
    told = f"; {', '.join(other)}" if other else ""
    return printable(
        f"no photos in {', '.join(args.photos) or args.list_file}{told}: folders are searched for "
        "files that end in .jpg, .png, .tif and the like; name others, and archives, themselves; "
        "what earlier runs wrote is left out"
    )


def _check(args: argparse.Namespace) -> None:
    engine.check(args)
    if args.workers is not None and args.workers < 1:
        raise UsageError(f"--workers: received {args.workers}, expected at least 1")
    if not args.photos and args.list_file is None:
        raise UsageError("no photos named, expected files, folders, zip archives, or --list FILE")
    from_lists = args.photos.count("-") + (args.list_file is not None)
    if args.null and not from_lists:
        raise UsageError("--null is for lists of paths: it needs --list FILE, or - for PHOTOS")
    if args.photos.count("-") + (args.list_file == "-") > 1:
        raise UsageError("standard input can be read once, received - more than once")
    # So no pattern that the shell has expanded, and no slip, puts a report in a photo's place.
    if args.report and (args.report.suffix.lower() != ".json" or args.report.is_dir()):
        raise UsageError(f"--report: received {args.report}, expected a file that ends in .json")
    if args.dry_run and (args.report or args.gallery):
        other = "--report" if args.report else "--gallery"
        raise UsageError(f"--dry-run and {other} contradict each other: nothing is done to show")
    if args.report:
        # Found out now, not after hours of work.
        try:
            args.report.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--report {args.report}: {(error.strerror or '').lower()}") from None
        if args.report.is_dir():
            raise UsageError(f"--report {args.report}: received a folder, expected a file")


@contextlib.contextmanager
def _inputs(args: argparse.Namespace) -> Iterator[Iterator["str | InputPath"]]:
    """What the user gave, in order; lists are read on the way."""
    from colorizer_tf.batch.finding import read_list

    with contextlib.ExitStack() as files:
        from_file = args.list_file not in (None, "-")
        file = files.enter_context(_opened(args.list_file)) if from_file else sys.stdin.buffer

        def inputs() -> Iterator["str | InputPath"]:
            for path in args.photos:
                if path == "-":
                    yield from read_list(sys.stdin.buffer, null=args.null)
                else:
                    yield path
            if args.list_file is not None:
                yield from read_list(file, null=args.null)

        yield inputs()


def _opened(path: str) -> Any:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise UsageError(f"--list {printable(path)}: {(error.strerror or '').lower()}") from None


def _preview(findings: "Findings", command: "Command", args: argparse.Namespace) -> int:
    from colorizer_tf.batch.index import read_index
    from colorizer_tf.batch.plan import plan_run
    from colorizer_tf.batch.preview import preview

    planned = plan_run(
        findings.photos,
        command.out,
        read_index(command.out),
        command.options,
        command.named_model(),
        guidance=command.guidance,
        overwrite=command.overwrite,
    )
    for line in preview(planned, command.out, command.options):
        print(printable(line))
    _say_passed_by(findings.passed_by, args)
    return 1 if any(each.problem for each in planned) else 0


def _color(findings: "Findings", command: "Command", args: argparse.Namespace) -> int:
    from colorizer_tf.batch.engines import color_here, color_on_spark
    from colorizer_tf.batch.gallery import check_gallery

    if args.gallery:
        check_gallery(args.out, overwrite=args.overwrite)
    if args.engine == "spark":
        outcome, used = color_on_spark(findings.photos, command, args.master)
    else:
        outcome, used = color_here(findings.photos, command)
    outcome.passed_by = dict(findings.passed_by + Counter(outcome.passed_by))
    code = sum_up(outcome, args)
    for line in given.idle(command.guidance, outcome):
        print(f"colorizer-tf: warning: {line}", file=sys.stderr)
    _say_passed_by(outcome.passed_by, args)
    if args.report:
        report(outcome, used, args, dataclasses.asdict(command.options))
    if args.gallery:
        gallery(outcome, used, args)
    if outcome.is_running:
        # A photo that is still being colored would delay the end: leave as a kill does.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _say_passed_by(counts: Mapping[str, int], args: argparse.Namespace) -> None:
    from colorizer_tf.batch.summary import passed_by

    if not args.quiet:
        for line in passed_by(counts):
            print(printable(line))
