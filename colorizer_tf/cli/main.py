"""`colorizer-tf`: parse, dispatch, and turn a user's mistake into one line and an exit code."""

import argparse
import sys
from collections.abc import Sequence

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.version import __version__
from colorizer_tf.cli import (
    build_records,
    colorize,
    compare,
    evaluate,
    export,
    models,
    records,
    serve,
    train,
)
from colorizer_tf.cli.parser import Parser

COMMANDS = (
    *(build_records, records, train, export, models),
    *(colorize, serve, evaluate, compare),
)


_EXTRAS = {
    "gradio": "web",
    "fastapi": "web",
    "uvicorn": "web",
    "pyspark": "spark",
    "matplotlib": "evaluate",
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(
        prog="colorizer-tf",
        description="Color for black-and-white photos: make records, train, export, colorize.",
        epilog="Exit codes: 0 all done, 1 some or all failed, 2 wrong usage.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--verbose", action="store_true", help="show TensorFlow's messages, and tracebacks"
    )
    for command in COMMANDS:
        command.add_parser(commands, shared)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    args = build_parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except ColorizerError as error:
        if args.verbose:
            raise
        print(f"colorizer-tf: {error}", file=sys.stderr)
        return error.exit_code
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if args.verbose or missing == "colorizer_tf":
            raise
        print(f"colorizer-tf: {missing} is not installed: {_install(missing)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("colorizer-tf: interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`... | head`): nothing left to say to it.
        sys.stdout = None
        return 1


def _install(module: str) -> str:
    """What brings a module that is missing."""
    extra = _EXTRAS.get(module)
    if extra:
        return f'pip install "colorizer-tf[{extra}]"'
    return "pip install --force-reinstall colorizer-tf brings it with what it needs"
