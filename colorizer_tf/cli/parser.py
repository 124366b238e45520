"""The parser of the command line: spelled-out flags, errors of two lines, suggestions."""

import argparse
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.suggestions import did_you_mean


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what to run for help in a second one.

    Flags are spelled out: an abbreviation that works today would be another flag's tomorrow. The
    parsers of commands and of their actions are of this class too.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As always, but unknown flags are an error of the command that got them."""
        given = list(sys.argv[1:] if args is None else args)
        self._check_flags(given)
        given = self._spelled_out(given)
        namespace, unknown = super().parse_known_args(given, namespace)
        if unknown:
            self.error(f"received {' '.join(unknown)}, which is not expected here")
        return namespace, unknown

    def _spelled_out(self, given: Sequence[str]) -> list[str]:
        """`--restore photo.jpg` as `--restore=all photo.jpg`: argparse would take the photo for it.

        Of flags that need no value: the next word is one if the flag can read it, or if it is no
        file's name either.
        """
        optional = {
            flag: action
            for action in self._actions
            if action.nargs == "?"
            for flag in action.option_strings
        }
        words: list[str] = []
        for word, following in itertools.zip_longest(given, given[1:], fillvalue=""):
            action = optional.get(word)
            alone = action and "--" not in words and not _is_value(following, action.type)
            words.append(f"{word}={','.join(action.const)}" if action and alone else word)
        return words

    def error(self, message: str) -> NoReturn:
        """Two lines on stderr, and exit code 2."""
        print(f"{self.prog}: {message}\nrun {self.prog} --help for its usage", file=sys.stderr)
        sys.exit(UsageError.exit_code)

    def _check_flags(self, given: Sequence[str]) -> None:
        """Before anything else: what is missing is often what a mistyped flag would have given."""
        known = {flag for action in self._actions for flag in action.option_strings}
        if any(isinstance(action, argparse._SubParsersAction) for action in self._actions):
            return  # the flags are its commands'
        for word in given:
            if word == "--":
                return
            flag = word.partition("=")[0]
            if flag.startswith("--") and flag not in known:
                self.error(f"no flag {flag}{did_you_mean(flag, known)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = list(action.choices or ())
        if choices and value not in choices:
            name = str(action.metavar or "value").lower()
            suggestion = did_you_mean(str(value), choices)
            if isinstance(action, argparse._SubParsersAction):
                raise argparse.ArgumentError(
                    None, f"no {name} {value}, there are {_listed(choices)}{suggestion}"
                )
            raise argparse.ArgumentError(
                action, f"received {value}, expected {_listed(choices)}{suggestion}"
            )


def _is_value(word: str, read: Any) -> bool:
    try:
        return bool(read(word))
    except argparse.ArgumentTypeError:
        return not (os.path.lexists(word) or word.startswith("-") or set(word) & set("./*?[\\"))


def _listed(choices: Sequence[Any]) -> str:
    return ", ".join(map(str, choices))
