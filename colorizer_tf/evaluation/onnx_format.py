"""The description beside an ONNX file: what it takes and what it answers, as TOML.

`docs/evaluation.md` has those of well-known files.
"""

import dataclasses
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError

_MOST_BYTES = 2**16
_MOST_PIXELS = 2**26


@dataclasses.dataclass(frozen=True)
class InputFormat:
    """How the file wants a photo: table `[input]` of the description.

    Attributes:
        color: "L" (one channel of lightness) or "rgb" (the gray picture in three channels).
        range: the numbers that stand for black and white.
        size: side of the square it takes, or (height, width); 0 takes the photo's own size.
        multiple_of: at the photo's own size, sides are rounded up to a multiple of this.
        fit: "stretch" to that size, or "pad": keep proportions and mirror what is missing; the
            margin is cut off the answer.
        layout: "nchw" or "nhwc".
        mean: taken off after the range is applied, a number a channel.
        std: divided by, after that.
    """

    color: str
    range: tuple[float, float]
    size: tuple[int, int] = (0, 0)
    multiple_of: int = 1
    fit: str = "stretch"
    layout: str = "nchw"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)


@dataclasses.dataclass(frozen=True)
class OutputFormat:
    """What the file answers: table `[output]` of the description.

    Attributes:
        color: "ab" or "rgb".
        range: for "rgb", the numbers that stand for black and white.
        unit: for "ab", how many units of a* and b* a 1 stands for.
        layout: "nchw" or "nhwc".
        keep_lightness: for "rgb", take a* and b* of it and the photo's own L*.
    """

    color: str
    range: tuple[float, float] = (0.0, 1.0)
    unit: float = 1.0
    layout: str = "nchw"
    keep_lightness: bool = True


_CHOICES = {
    "input": {"color": ("L", "rgb"), "fit": ("stretch", "pad"), "layout": ("nchw", "nhwc")},
    "output": {"color": ("ab", "rgb"), "layout": ("nchw", "nhwc")},
}


def read_description(path: Path) -> tuple[InputFormat, OutputFormat]:
    """The description in a TOML file: tables `[input]` and `[output]`.

    Raises:
        ColorizerError: if it is missing or says something else than a description can.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(_MOST_BYTES).decode())
    except OSError as error:
        raise ColorizerError(
            f"{path}: {error.strerror}: an ONNX file needs a description beside it, see "
            "docs/evaluation.md"
        ) from None
    except ValueError as error:
        raise ColorizerError(f"{path} is no TOML: {error}") from None
    unknown = sorted(set(content) - {"input", "output"})
    if unknown:
        raise ColorizerError(f"{path}: unknown {', '.join(unknown)}; it has [input] and [output]")
    return (
        _format(path, InputFormat, "input", content.get("input")),
        _format(path, OutputFormat, "output", content.get("output")),
    )


def _format(path: Path, kind: Any, table: str, values: Any) -> Any:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if not isinstance(values, dict):
        raise ColorizerError(f"{path}: the table [{table}] is missing")
    unknown = sorted(set(values) - set(fields))
    needed = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and name not in values
    ]
    if unknown or needed:
        problem = f"unknown {', '.join(unknown)}" if unknown else f"{', '.join(needed)} is missing"
        raise ColorizerError(f"{path}: [{table}]: {problem}; its keys are {', '.join(fields)}")
    for name, choices in _CHOICES[table].items():
        if values.get(name, choices[0]) not in choices:
            raise ColorizerError(
                f"{path}: [{table}] {name} = {values[name]!r}, expected {' or '.join(choices)}"
            )
    try:
        return kind(**{name: _CASTS.get(name, str)(value) for name, value in values.items()})
    except (TypeError, ValueError) as error:
        raise ColorizerError(f"{path}: [{table}]: {error}") from None


def _pair(value: Any) -> tuple[float, float]:
    low, high = (float(number) for number in value)
    if not (math.isfinite(low) and math.isfinite(high) and low != high):
        raise ValueError(f"range = {value}, expected two different numbers")
    return low, high


def _size(value: Any) -> tuple[int, int]:
    sides = (value, value) if isinstance(value, int) else tuple(value)
    if len(sides) != 2 or any(type(s) is not int or s < 0 for s in sides):
        raise ValueError(f"size = {value}, expected a side in pixels or [height, width]")
    if sides[0] * sides[1] > _MOST_PIXELS:
        raise ValueError(f"size = {value}, expected at most {_MOST_PIXELS} pixels")
    return sides[0], sides[1]


def _channels(value: Any) -> tuple[float, ...]:
    numbers = tuple(float(number) for number in (value if isinstance(value, list) else [value]))
    if len(numbers) not in (1, 3) or not all(map(math.isfinite, numbers)):
        raise ValueError(f"received {value}, expected one number or one for each of R, G, B")
    return numbers


def _multiple(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 1024:
        raise ValueError(f"multiple_of = {value}, expected 1 to 1024")
    return value


_CASTS: dict[str, Callable[[Any], Any]] = {
    "range": _pair,
    "size": _size,
    "mean": _channels,
    "std": _channels,
    "unit": float,
    "multiple_of": _multiple,
    "keep_lightness": bool,
}
