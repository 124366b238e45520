"""`colorizer-tf evaluate`: models and others' pictures, scored on the same photos."""

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options import add_flags
from colorizer_tf.cli.colorize import INTERRUPTED
from colorizer_tf.inference.request import PredictionRequest

if TYPE_CHECKING:
    from colorizer_tf.evaluation.front import Sweep
    from colorizer_tf.evaluation.options import EvaluationOptions
    from colorizer_tf.evaluation.photos import PhotoSet
    from colorizer_tf.evaluation.requests import Request

_NO_FILE = Path()
_MOST_AB = 128
_MAX_STRENGTH = 2.0


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        parents=[shared],
        help="score models and others' pictures on the same photos",
        description="Score models, folders of pictures that other programs made, their commands "
        "and ONNX files on the same photos, beside plain gray, a mean color and an oracle. Writes "
        "report.json, report.md and report.html.",
        epilog="Exit codes: 0 all done, 1 something failed or was missing, 2 wrong usage, "
        "130 interrupted.",
    )
    parser.add_argument(
        "models", metavar="MODEL", nargs="*", help="a model's name or folder, or NAME=MODEL"
    )
    photos = parser.add_mutually_exclusive_group(required=True)
    photos.add_argument(
        "--photos",
        action="append",
        type=Path,
        metavar="PATH",
        help="color photos: a folder, an archive or a file; may be given several times",
    )
    photos.add_argument(
        "--records", type=Path, metavar="FOLDER", help="a record set's held-out photos instead"
    )
    peers = parser.add_argument_group("others to score")
    peers.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="[NAME=]FOLDER",
        help="pictures made from the same photos, matched by name; a folder, .zip or .tar",
    )
    peers.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="'NAME=COMMAND'",
        help="a command with {in} and {out} (folders) or {photo} and {result} (files) in it; it "
        "gets gray PNG files",
    )
    peers.add_argument(
        "--onnx",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="an ONNX file, with its description beside it: FILE.toml for FILE.onnx",
    )
    peers.add_argument(
        "--peer-timeout",
        type=float,
        default=3600.0,
        metavar="SECONDS",
        help="a command is stopped after this [3600]",
    )
    add_flags(parser.add_argument_group("models"), PredictionRequest)
    _add_front(parser.add_argument_group("front"))
    _add_protocol(parser.add_argument_group("protocol"))
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("output/evaluation"),
        metavar="FOLDER",
        help="where the reports go [output/evaluation]",
    )
    parser.add_argument(
        "--pictures",
        type=int,
        default=48,
        metavar="N",
        help="about how many photos report.html shows; 0 for none [48]",
    )
    parser.add_argument(
        "--no-cost", action="store_true", help="do not measure the models' speed and memory"
    )
    parser.add_argument("--quiet", action="store_true", help="say only what failed")
    parser.set_defaults(run=run)


def _add_front(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--strengths",
        metavar="X,X...",
        help="also score models at these factors of their color, up to 2, and compare them at "
        "equal colorfulness",
    )
    group.add_argument(
        "--temperatures",
        metavar="X,X...",
        help="the same for temperatures, up to 1, of models that predict a distribution",
    )


def _add_protocol(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--resize",
        type=int,
        metavar="N",
        help="shrink photos whose shorter side is over N pixels [their own size]",
    )
    group.add_argument("--crop", action="store_true", help="score the middle square only")
    group.add_argument(
        "--limit", type=int, metavar="N", help="only N photos, spread evenly over all"
    )
    color = group.add_mutually_exclusive_group()
    color.add_argument(
        "--mean-ab", metavar="A,B", help="color of the mean-ab row [that of the training photos]"
    )
    color.add_argument(
        "--train-records", type=Path, metavar="FOLDER", help="record set to take that color from"
    )
    group.add_argument(
        "--resamples",
        type=int,
        default=1000,
        metavar="N",
        help="bootstrap resamples behind the intervals [1000]",
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of the resamples [0]")
    group.add_argument(
        "--fid",
        nargs="?",
        type=Path,
        const=_NO_FILE,
        metavar="FILE",
        help="also the FID, with InceptionV3's weights in FILE [where keras.applications keeps "
        "them]; slow",
    )


def run(args: argparse.Namespace) -> int:
    """Score, print the table, and name what failed."""
    try:
        return _evaluate(args)
    except KeyboardInterrupt:
        print("colorizer-tf: interrupted", file=sys.stderr)
        return INTERRUPTED


def _evaluate(args: argparse.Namespace) -> int:
    requests = _requests(args)
    _check(args)
    if args.records or args.fid:
        from colorizer_tf.base.startup import load_tensorflow

        load_tensorflow(verbose=args.verbose)
    from colorizer_tf.evaluation.report import write_reports
    from colorizer_tf.evaluation.run import evaluate
    from colorizer_tf.evaluation.tables import problem_lines
    from colorizer_tf.records.sources import printable

    found = evaluate(_photos(args), requests, _options(args), shown=not args.quiet)
    document = write_reports(found, args.out)
    for line in problem_lines(document):
        print(printable(line), file=sys.stderr)
    if not args.quiet:
        for line in [*_told(document), f"report: {args.out / 'report.html'}"]:
            print(printable(line))
    return 1 if found.failures else 0


def _told(document: dict[str, Any]) -> list[str]:
    from colorizer_tf.evaluation import front_tables, tables

    lines = [tables.summary(document), "", *tables.terminal_table(document).splitlines(), ""]
    lines += [*tables.verdicts(document), *tables.remark_lines(document)]
    if document["fronts"]:
        lines += ["", *tables.aligned(front_tables.level_rows(document)).splitlines(), ""]
        lines += front_tables.front_verdicts(document)
    return lines


def _requests(args: argparse.Namespace) -> "list[Request]":
    from colorizer_tf.evaluation.requests import Request

    found = [Request("model", *_named(text)) for text in args.models]
    found += [Request("folder", *_named(text)) for text in args.against]
    found += [Request("onnx", *_named(text)) for text in args.onnx]
    for text in args.peer:
        name, sign, command = text.partition("=")
        if not (name and sign and command.strip()):
            raise UsageError(f"--peer: received {text!r}, expected 'NAME=COMMAND'")
        found.append(Request("command", name, command))
    if not found:
        raise UsageError(
            "nothing to score: name a MODEL, or give --against, --onnx or --peer; "
            "colorizer-tf evaluate --help tells of them"
        )
    return found


def _named(text: str) -> tuple[str, str]:
    """The name and the path of NAME=PATH, or of a path alone, whose own name it is then."""
    name, sign, path = text.partition("=")
    if sign and name and path and not Path(text).exists():
        return name, path
    own = Path(text).resolve()
    return (own.stem if own.is_file() else own.name), text


def _check(args: argparse.Namespace) -> None:
    least_of = {"resize": 11, "resamples": 1, "seed": 0, "pictures": 0, "limit": 1}
    for flag, least in least_of.items():
        value = getattr(args, flag)
        if value is not None and value < least:
            raise UsageError(f"--{flag}: received {value}, expected at least {least}")
    if not args.peer_timeout > 0:
        raise UsageError(f"--peer-timeout: received {args.peer_timeout}, expected more than 0")
    if args.mean_ab is not None:
        _two_numbers(args.mean_ab)
    _sweep(args)
    if args.out.exists() and not args.out.is_dir():
        raise UsageError(f"--out: {args.out} is a file, expected a folder")


def _photos(args: argparse.Namespace) -> "PhotoSet":
    from colorizer_tf.evaluation.photos import FilePhotos, RecordPhotos

    if args.records:
        return RecordPhotos(args.records, args.limit)
    return FilePhotos(args.photos, args.limit)


def _options(args: argparse.Namespace) -> "EvaluationOptions":
    from colorizer_tf.evaluation.inception import WEIGHTS, Inception
    from colorizer_tf.evaluation.options import EvaluationOptions, Preparation
    from colorizer_tf.evaluation.photos import mean_ab_of

    mean_ab = None
    if args.mean_ab is not None:
        mean_ab = _two_numbers(args.mean_ab), "given"
    elif args.train_records:
        mean_ab = mean_ab_of(args.train_records), f"the mean of {args.train_records.name}"
    inception = None
    if args.fid:
        inception = Inception(WEIGHTS if args.fid == _NO_FILE else args.fid)
    return EvaluationOptions(
        Preparation(args.resize, args.crop),
        mean_ab=mean_ab,
        resamples=args.resamples,
        seed=args.seed,
        pictures=args.pictures,
        peer_seconds=args.peer_timeout,
        costs=not args.no_cost,
        inception=inception,
        sweep=_sweep(args),
        request=_request(args),
    )


def _request(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of `PredictionRequest` that were given."""
    names = {field.name for field in dataclasses.fields(PredictionRequest)} - {"seed"}
    given = {name: value for name, value in vars(args).items() if name in names}
    PredictionRequest(**given)
    return given


def _sweep(args: argparse.Namespace) -> "Sweep | None":
    from colorizer_tf.evaluation.front import Sweep

    if args.strengths is None and args.temperatures is None:
        return None
    strengths = _numbers("strengths", args.strengths or "1", _MAX_STRENGTH)
    temperatures = _numbers("temperatures", args.temperatures, 1.0)
    return Sweep(strengths, temperatures)


def _numbers(flag: str, text: str | None, most: float) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        found = tuple(float(number) for number in text.split(","))
    except ValueError:
        found = (math.nan,)
    if not all(0 < number <= most for number in found) or len(set(found)) != len(found):
        raise UsageError(
            f"--{flag}: received {text!r}, expected numbers over 0 up to {most:g}, each once, "
            "as 0.6,1,1.4"
        )
    return found


def _two_numbers(text: str) -> tuple[float, float]:
    try:
        a, b = (float(number) for number in text.split(","))
        # NaN is not within either.
        if abs(a) <= _MOST_AB and abs(b) <= _MOST_AB:
            return a, b
    except ValueError:
        pass
    raise UsageError(
        f"--mean-ab: received {text!r}, expected two numbers of -128 to 128, as 1.7,7.4"
    )
