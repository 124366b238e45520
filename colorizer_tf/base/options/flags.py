"""Fields of a settings dataclass as flags of the command line."""

import argparse
import dataclasses
import typing
from typing import Any


def add_flags(parser: argparse.ArgumentParser, settings: type) -> None:
    """Give the parser one flag a field; flags that were not given leave no trace in the result."""
    hints = typing.get_type_hints(settings)
    for field in dataclasses.fields(settings):
        flag = "--" + field.name.replace("_", "-")
        shown = field.default if field.default not in ("", ()) else "none"
        arguments: dict[str, Any] = {
            "default": argparse.SUPPRESS,
            "help": f"{field.metadata['help']} [{_spell(shown)}]".replace("%", "%%"),
        }
        if hints[field.name] is bool:
            arguments["action"] = argparse.BooleanOptionalAction
        elif field.metadata["choices"]:
            arguments["choices"] = field.metadata["choices"]
        else:
            arguments |= {
                "type": _reader(hints[field.name]),
                "metavar": _metavar(hints[field.name]),
            }
        parser.add_argument(flag, **arguments)


def _spell(value: Any) -> str:
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

    def integers(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(","))

    return integers
