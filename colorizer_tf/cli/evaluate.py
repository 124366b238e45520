"""`colorizer-tf evaluate`: models and others' pictures, scored on the same photos."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options import add_flags, resolve
from colorizer_tf.cli.outcome import INTERRUPTED
from colorizer_tf.evaluation.options import EvaluationOptions
from colorizer_tf.inference.request import PredictionRequest

if TYPE_CHECKING:
    from colorizer_tf.evaluation.inception import Inception
    from colorizer_tf.evaluation.photos import PhotoSet
    from colorizer_tf.evaluation.requests import MeanAb, Request

_NO_FILE = Path()
_MOST_AB = 128


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
    _add_inputs(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("output/evaluation"),
        metavar="FOLDER",
        help="where the reports go [output/evaluation]",
    )
    add_flags(parser.add_argument_group("what is asked of models"), PredictionRequest)
    _add_protocol(parser)
    parser.add_argument("--quiet", action="store_true", help="say only what failed")
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
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


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    protocol = parser.add_argument_group("protocol")
    add_flags(protocol, EvaluationOptions)
    color = protocol.add_mutually_exclusive_group()
    color.add_argument(
        "--mean-ab", metavar="A,B", help="color of the mean-ab row [that of the training photos]"
    )
    color.add_argument(
        "--train-records", type=Path, metavar="FOLDER", help="record set to take that color from"
    )
    protocol.add_argument(
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
    options = resolve(EvaluationOptions, None, vars(args))
    prediction = resolve(PredictionRequest, None, vars(args) | {"seed": 0})
    given_ab = None if args.mean_ab is None else _two_numbers(args.mean_ab)
    if args.out.exists() and not args.out.is_dir():
        raise UsageError(f"--out: {args.out} is a file, expected a folder")
    # Before minutes of scoring: what draws the report's plots is an extra.
    importlib.import_module("matplotlib")
    if args.records or args.fid:
        from colorizer_tf.base.startup import load_tensorflow

        load_tensorflow(verbose=args.verbose)
    from colorizer_tf.base.printing import printable
    from colorizer_tf.evaluation.report import write_reports
    from colorizer_tf.evaluation.run import evaluate
    from colorizer_tf.evaluation.tables import problem_lines

    found = evaluate(
        _photos(args, options.limit),
        requests,
        options,
        prediction=prediction,
        mean_ab=_mean_ab(args, given_ab),
        inception=_inception(args),
        shown=not args.quiet,
    )
    document = write_reports(found, args.out)
    for line in problem_lines(document):
        print(printable(line), file=sys.stderr)
    if not args.quiet:
        for line in [*_told(document), f"report: {args.out / 'report.html'}"]:
            print(printable(line))
    return 1 if found.failures else 0


def _told(document: dict[str, Any]) -> list[str]:
    from colorizer_tf.evaluation import front_tables, hint_tables, tables

    lines = [tables.summary(document), "", *tables.terminal_table(document).splitlines(), ""]
    lines += [*tables.verdicts(document), *tables.remark_lines(document)]
    if document["fronts"]:
        lines += ["", *tables.aligned(front_tables.level_rows(document)).splitlines(), ""]
        lines += front_tables.front_verdicts(document)
    if document["hints"]:
        lines += ["", *tables.aligned(hint_tables.hint_rows(document)).splitlines()]
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


def _photos(args: argparse.Namespace, limit: int | None) -> "PhotoSet":
    from colorizer_tf.evaluation.photos import FilePhotos, RecordPhotos

    return RecordPhotos(args.records, limit) if args.records else FilePhotos(args.photos, limit)


def _mean_ab(args: argparse.Namespace, given: tuple[float, float] | None) -> "MeanAb | None":
    from colorizer_tf.evaluation.photos import mean_ab_of

    if given:
        return given, "given"
    if args.train_records:
        return mean_ab_of(args.train_records), f"the mean of {args.train_records.name}"
    return None


def _inception(args: argparse.Namespace) -> "Inception | None":
    from colorizer_tf.evaluation.inception import WEIGHTS, Inception

    if not args.fid:
        return None
    return Inception(WEIGHTS if args.fid == _NO_FILE else args.fid)


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
