"""Settings from recipes, flags and JSON: default < recipe file < flag."""

import dataclasses
import tomllib
import types
import typing
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options.fields import without_none
from colorizer_tf.base.suggestions import closest, did_you_mean

_RECIPES = Path("training/recipes")
_MAX_BYTES = 2**20
# JSON's and TOML's integers have no end; floats do.
_LARGEST = 10**300
_NAMES = {int: "integers", str: "strings", float: "numbers"}


def resolve(settings: type, recipe: Path | None, flags: dict[str, Any]) -> Any:
    """The settings that count: defaults, then the recipe's keys, then the flags given.

    Raises:
        UsageError: if the recipe cannot be read, holds an unknown key, or a value of another type.
    """
    names = {field.name for field in dataclasses.fields(settings)}
    values = _checked(settings, read_recipe(recipe), str(recipe)) if recipe else {}
    return settings(**(values | {name: flags[name] for name in names & flags.keys()}))


def read_recipe(path: Path) -> dict[str, Any]:
    """The keys of a recipe file.

    Raises:
        UsageError: if there is none, or it cannot be read as TOML.
    """
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(_MAX_BYTES).decode("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"no recipe at {path}{_others(path)}") from None
    except OSError as error:
        raise UsageError(f"recipe {path} cannot be read: {error.strerror}") from None
    # Numbers of thousands of digits and deep nesting are errors of other kinds than TOML's own.
    except (ValueError, RecursionError) as error:
        raise UsageError(f"recipe {path} cannot be read: {error}") from None


def _others(path: Path) -> str:
    """The recipes that there are, after a mistyped name."""
    there = [other for folder in (path.parent, _RECIPES) for other in folder.glob("*.toml")]
    by_name = {other.stem: other for other in there}
    close = closest(path.stem, by_name)
    if close:
        return f"; did you mean {by_name[close]}?"
    return f": {_RECIPES}/ holds those that ship"


def from_dict(settings: type, values: dict[str, Any], where: str) -> Any:
    """Settings from parsed TOML or JSON; `where` names the file in errors."""
    return settings(**_checked(settings, values, where))


def _checked(settings: type, values: dict[str, Any], where: str) -> dict[str, Any]:
    hints = typing.get_type_hints(settings)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        close = did_you_mean(unknown[0], hints)
        known = "" if close else f"; known keys: {', '.join(sorted(hints))}"
        raise UsageError(f"{where}: unknown key {', '.join(unknown)}{close or known}")
    return {name: _converted(f"{where}: {name}", v, hints[name]) for name, v in values.items()}


def _converted(name: str, value: Any, hint: Any) -> Any:
    # JSON has a null for it; TOML leaves the key out.
    if value is None and isinstance(hint, types.UnionType):
        return None
    hint = without_none(hint)
    if isinstance(hint, types.GenericAlias):
        kind = typing.get_args(hint)[0]
        if isinstance(value, list) and all(type(item) is kind for item in value):
            return tuple(value)
        raise UsageError(f"{name}: received {value!r}, expected a list of {_NAMES[kind]}")
    if type(value) is hint:
        return value
    if hint is float and type(value) is int and abs(value) < _LARGEST:
        return float(value)
    raise UsageError(f"{name}: received {value!r}, expected {hint.__name__}")
