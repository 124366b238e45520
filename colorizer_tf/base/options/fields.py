"""A setting as a field of a frozen dataclass, with the text and the choices of its flag."""

import dataclasses
import types
import typing
from typing import Any

from colorizer_tf.base.errors import UsageError


def option(
    default: Any, text: str, choices: tuple[str, ...] = (), shown: str = "", bare: str = ""
) -> Any:
    """A dataclass field with the text and the choices of its flag.

    Args:
        default: of the field; None where the default depends on other things.
        text: of `--help`.
        choices: the values it takes, if they are few.
        shown: what `--help` says of the default, in place of its value.
        bare: of a setting of several of its choices: what the flag means without a value.
    """
    metadata = {"help": text, "choices": choices, "shown": shown, "bare": bare}
    return dataclasses.field(default=default, metadata=metadata)


def without_none(hint: Any) -> Any:
    """The type that a setting has where it is not left to its default."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    return kinds[0] if isinstance(hint, types.UnionType) else hint


def changed_options(group: type[Any], settings: Any) -> dict[str, Any]:
    """The settings of a group of options that are not its defaults, tuples as lists.

    Args:
        group: the dataclass of the group.
        settings: an object that has its fields.
    """
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(group)}
    defaults = dataclasses.asdict(group())
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in changed.items()}


def check(holds: Any, name: str, received: Any, expected: str) -> None:
    """Raise a `UsageError` that names the setting unless what is expected of it holds."""
    if not holds:
        raise UsageError(f"{name}: received {received}, expected {expected}")


def check_range(settings: Any, names: tuple[str, ...], low: float, high: float) -> None:
    """Raise a `UsageError` if one of the settings is outside [low, high] and not None."""
    for name in names:
        value = getattr(settings, name)
        expected = f"{low:g} or more" if high == float("inf") else f"{low:g} to {high:g}"
        check(value is None or low <= value <= high, name, value, expected)


def check_choices(settings: Any) -> None:
    """Raise a `UsageError` if a setting is none of its choices."""
    for field in dataclasses.fields(settings):
        choices, value = field.metadata["choices"], getattr(settings, field.name)
        fits = not choices or value is None or value in choices
        check(fits, field.name, repr(value), " or ".join(choices))
