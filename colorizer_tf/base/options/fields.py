"""A setting as a field of a frozen dataclass, with the text and the choices of its flag."""

import dataclasses
import types
import typing
from typing import Any

from colorizer_tf.base.errors import UsageError


def option(default: Any, text: str, choices: tuple[str, ...] = ()) -> Any:
    """A dataclass field with the text and the choices of its flag."""
    return dataclasses.field(default=default, metadata={"help": text, "choices": choices})


def without_none(hint: Any) -> Any:
    """The type that a setting has where it is not left to its default."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    return kinds[0] if isinstance(hint, types.UnionType) else hint


def check(holds: Any, name: str, received: Any, expected: str) -> None:
    """Raise a `UsageError` that names the setting unless what is expected of it holds."""
    if not holds:
        raise UsageError(f"{name}: received {received}, expected {expected}")


def check_choices(settings: Any) -> None:
    """Raise a `UsageError` if a setting is none of its choices."""
    for field in dataclasses.fields(settings):
        choices, value = field.metadata["choices"], getattr(settings, field.name)
        check(not choices or value in choices, field.name, repr(value), " or ".join(choices))
