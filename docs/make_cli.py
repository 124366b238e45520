"""Writes docs/cli.md from the parsers themselves: `make docs`."""

import argparse
import os
from pathlib import Path

from colorizer_tf.cli.main import build_parser

TARGET = Path(__file__).with_name("cli.md")


def reference() -> str:
    """The whole page: the help of the program and of each command."""
    os.environ["COLUMNS"] = "100"
    sections = [
        "# Command line\n\nMade by `make docs` from `--help`; a test compares the two.\n"
        "Exit codes: 0 all done, 1 some or all failed, 2 wrong usage.\n"
    ]
    sections += [_section(parser) for parser in _parsers(build_parser())]
    return "\n".join(sections)


def _parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                found += _parsers(child)
    return found


def _section(parser: argparse.ArgumentParser) -> str:
    return f"## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), "utf-8")
