"""Fields of a settings dataclass as flags of the command line."""

import argparse
import dataclasses
import typing
from typing import Any

from colorizer_tf.base.options.fields import without_none


def add_flags(parser: argparse._ActionsContainer, settings: type) -> None:
    """Give the parser one flag a field; flags that were not given leave no trace in the result.

    Fields without a text get none. A default of None is left to the text to tell.
    """
    hints = typing.get_type_hints(settings)
    for field in dataclasses.fields(settings):
        if "help" not in field.metadata:
            continue
        flag = "--" + field.name.replace("_", "-")
        text = field.metadata["help"]
        if field.default is not None:
            text += f" [{_spell(field.default)}]"
        arguments: dict[str, Any] = {
            "default": argparse.SUPPRESS,
            "help": text.replace("%", "%%"),
        }
        hint = without_none(hints[field.name])
        if hint is bool:
            arguments["action"] = argparse.BooleanOptionalAction
        elif field.metadata["choices"]:
            arguments["choices"] = field.metadata["choices"]
        else:
            arguments |= {"type": _reader(hint), "metavar": _metavar(hint)}
        parser.add_argument(flag, **arguments)


def _spell(value: Any) -> str:
    if value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _metavar(hint: Any) -> str:
    names = {int: "N", float: "X", str: "TEXT", tuple[str, ...]: "NAME,NAME,..."}
    return names.get(hint, "N,N,...")


def _reader(hint: Any) -> Any:
    if hint in (int, float, str):
        return hint
    if hint == tuple[str, ...]:
        return lambda text: tuple(part.strip() for part in text.split(","))

    number = typing.get_args(hint)[0]

    def numbers(text: str) -> tuple[int | float, ...]:
        return tuple(number(part) for part in text.split(","))

    return numbers
