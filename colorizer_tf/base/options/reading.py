"""Settings from recipes, flags and JSON: default < recipe file < flag."""

import dataclasses
import tomllib
import types
import typing
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import UsageError


def resolve(settings: type, recipe: Path | None, flags: dict[str, Any]) -> Any:
    """The settings that count: defaults, then the recipe's keys, then the flags given.

    Raises:
        UsageError: if the recipe cannot be read, holds an unknown key, or a value of another type.
    """
    names = {field.name for field in dataclasses.fields(settings)}
    values = _checked(settings, read_recipe(recipe), str(recipe)) if recipe else {}
    return settings(**(values | {name: flags[name] for name in names & flags.keys()}))


def read_recipe(path: Path) -> dict[str, Any]:
    """The keys of a recipe file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"no recipe at {path}: training/recipes/ holds those that ship") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"recipe {path} cannot be read: {error}") from None


def from_dict(settings: type, values: dict[str, Any], where: str) -> Any:
    """Settings from parsed TOML or JSON; `where` names the file in errors."""
    return settings(**_checked(settings, values, where))


def _checked(settings: type, values: dict[str, Any], where: str) -> dict[str, Any]:
    hints = typing.get_type_hints(settings)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise UsageError(
            f"{where}: unknown key {', '.join(unknown)}; known keys: {', '.join(sorted(hints))}"
        )
    return {name: _converted(f"{where}: {name}", v, hints[name]) for name, v in values.items()}


def _converted(name: str, value: Any, hint: Any) -> Any:
    if isinstance(hint, types.GenericAlias) and isinstance(value, list):
        if all(type(item) is int for item in value):
            return tuple(value)
    elif type(value) is hint or (hint is float and type(value) is int):
        return hint(value)
    wanted = getattr(hint, "__name__", str(hint)) if hint in (int, float, str, bool) else "integers"
    raise UsageError(f"{name}: received {value!r}, expected {wanted}")
