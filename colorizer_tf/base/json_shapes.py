"""JSON from files that may be damaged: parsed with one kind of error, checked against a shape."""

import json
import math
from collections.abc import Callable
from typing import Any

# A type, a predicate, `{key: shape}`, `[shape]` for a list of it, `(shape, ...)` for a fixed list.
Shape = type | Callable[[Any], bool] | dict[str, Any] | list[Any] | tuple[Any, ...]


def parse_json(data: bytes) -> Any:
    """The document.

    Raises:
        ValueError: if it is no JSON, not UTF-8, or nested too deeply.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def matches(value: Any, shape: Shape) -> bool:
    """Whether a value has a shape; objects may have more keys than it names."""
    if isinstance(shape, dict):
        return type(value) is dict and all(
            key in value and matches(value[key], inner) for key, inner in shape.items()
        )
    if isinstance(shape, list):
        return type(value) is list and all(matches(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return (
            type(value) is list
            and len(value) == len(shape)
            and all(matches(each, inner) for each, inner in zip(value, shape, strict=True))
        )
    return type(value) is shape if isinstance(shape, type) else shape(value)


def is_count(value: Any) -> bool:
    """Whether a value is a whole number from 0 that JSON readers keep exactly."""
    return type(value) is int and 0 <= value < 2**53


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return type(value) in (int, float) and abs(value) < 2**53 and math.isfinite(value)


def is_counts(value: Any) -> bool:
    """Whether a value is an object of counts."""
    return type(value) is dict and all(map(is_count, value.values()))
