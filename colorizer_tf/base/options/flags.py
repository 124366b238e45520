"""Fields of a settings dataclass as flags of the command line."""

import argparse
import dataclasses
import inspect
import typing
from collections.abc import Iterator
from typing import Any

from colorizer_tf.base.options.fields import without_none
from colorizer_tf.base.suggestions import did_you_mean


def add_flags(parser: argparse._ActionsContainer, settings: type) -> None:
    """Give the parser one flag a field; flags that were not given leave no trace in the result.

    Fields without a text get none. Settings made of several base classes become one group of flags
    each, under the first line of the class's docstring.
    """
    hints = typing.get_type_hints(settings)
    for title, fields in _groups(settings):
        group = parser.add_argument_group(title) if title else parser
        for field in fields:
            flag = "--" + field.name.replace("_", "-")
            group.add_argument(flag, **_arguments(field, without_none(hints[field.name])))


def _groups(settings: type) -> Iterator[tuple[str, list[Any]]]:
    fields = [field for field in dataclasses.fields(settings) if "help" in field.metadata]
    parts = [part for part in reversed(settings.__mro__) if dataclasses.is_dataclass(part)]
    for part in parts:
        own = [field for field in fields if field.name in inspect.get_annotations(part)]
        title = (part.__doc__ or "").splitlines()[0].rstrip(".") if len(parts) > 1 else ""
        if own:
            yield title, own


def _arguments(field: Any, hint: Any) -> dict[str, Any]:
    text = field.metadata["help"]
    # A default of None without a word for it is left to the text to tell.
    if field.metadata["shown"] or field.default is not None:
        text += f" [{field.metadata['shown'] or _spell(field.default)}]"
    arguments: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text.replace("%", "%%")}
    if hint is bool:
        return arguments | {"action": argparse.BooleanOptionalAction}
    if field.metadata["bare"]:
        bare, choices = field.metadata["bare"], field.metadata["choices"]
        read = {"type": _chooser((*choices, bare)), "nargs": "?", "const": (bare,)}
        return arguments | read | {"metavar": "PARTS"}
    if field.metadata["choices"]:
        return arguments | {"choices": field.metadata["choices"]}
    return arguments | {"type": _reader(hint), "metavar": _metavar(hint)}


def _spell(value: Any) -> str:
    if value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _metavar(hint: Any) -> str:
    names = {int: "N", float: "X", str: "TEXT", tuple[str, ...]: "NAME,NAME,..."}
    return names.get(hint, "N,N,...")


def _chooser(choices: tuple[str, ...]) -> Any:
    """A reader of some of the choices, with commas between."""

    def read(text: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        for part in parts:
            if part not in choices:
                expected = f"{', '.join(choices)}{did_you_mean(part, choices)}"
                raise argparse.ArgumentTypeError(f"received {part!r}, expected {expected}")
        return parts

    return read


def _reader(hint: Any) -> Any:
    if typing.get_origin(hint) is not tuple:
        return hint
    element = typing.get_args(hint)[0]

    def read(text: str) -> tuple[Any, ...]:
        return tuple(element(part.strip()) for part in text.split(",") if part.strip())

    # argparse names it in "invalid ... value".
    read.__name__ = "list of names" if element is str else "list of numbers"
    return read
