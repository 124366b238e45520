"""The description beside an ONNX file: what it takes and what it gives, as TOML.

`docs/evaluation.md` has those of well-known files.
"""

import dataclasses
import math
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from colorizer_tf.base.errors import ColorizerError

_MAX_BYTES = 2**16
_MAX_PIXELS = 2**26

Layout = Literal["nchw", "nhwc"]


@dataclasses.dataclass(frozen=True)
class InputFormat:
    """What the file takes: table `[input]` of the description.

    Attributes:
        color: "L" (one channel of lightness) or "rgb" (the gray picture in three channels).
        range: the numbers for black and white.
        size: side of the square it takes, or (height, width); 0 for the photo's own size.
        multiple_of: at the photo's own size, sides are rounded up to a multiple of this.
        fit: "stretch" to that size, or "pad": keep proportions and mirror what is missing; the
            margin is cut off the output.
        layout: "nchw" or "nhwc".
        mean: subtracted after the range is applied, one number or one for each channel.
        std: divided by, after that.
    """

    color: Literal["L", "rgb"]
    range: tuple[float, ...]
    size: tuple[int, int] = (0, 0)
    multiple_of: int = 1
    fit: Literal["stretch", "pad"] = "stretch"
    layout: Layout = "nchw"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)


@dataclasses.dataclass(frozen=True)
class OutputFormat:
    """What the file gives: table `[output]` of the description.

    Attributes:
        color: "ab" or "rgb".
        range: for "rgb", the numbers for black and white.
        unit: for "ab", the units of a* and b* in 1.
        layout: "nchw" or "nhwc".
        keep_lightness: for "rgb", take a* and b* of it and the photo's own L*.
    """

    color: Literal["ab", "rgb"]
    range: tuple[float, ...] = (0.0, 1.0)
    unit: float = 1.0
    layout: Layout = "nchw"
    keep_lightness: bool = True


def read_description(path: Path) -> tuple[InputFormat, OutputFormat]:
    """The description in a TOML file: tables `[input]` and `[output]`.

    Raises:
        ColorizerError: if it is missing or says something else than a description can.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(_MAX_BYTES).decode())
    except OSError as error:
        raise ColorizerError(
            f"{path}: {error.strerror}: an ONNX file needs a description beside it, see "
            "docs/evaluation.md"
        ) from None
    except ValueError as error:
        raise ColorizerError(f"{path} is no TOML: {error}") from None
    if unknown := sorted(set(content) - {"input", "output"}):
        raise ColorizerError(f"{path}: unknown {', '.join(unknown)}; it has [input] and [output]")
    try:
        takes = InputFormat(**_values(InputFormat, "input", content.get("input")))
        gives = OutputFormat(**_values(OutputFormat, "output", content.get("output")))
    except (TypeError, ValueError) as error:
        raise ColorizerError(f"{path}: {error}") from None
    return takes, gives


def _values(kind: type, table: str, content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError(f"the table [{table}] is missing")
    fields = {field.name: field.default for field in dataclasses.fields(kind)}
    needed = {name for name, default in fields.items() if default is dataclasses.MISSING}
    problem = ", ".join(f"unknown {name}" for name in sorted(set(content) - set(fields)))
    problem = problem or ", ".join(f"{name} is missing" for name in sorted(needed - set(content)))
    if problem:
        raise ValueError(f"[{table}]: {problem}; its keys are {', '.join(fields)}")
    hints = get_type_hints(kind)
    return {name: _value(f"[{table}] {name}", v, hints[name]) for name, v in content.items()}


def _value(name: str, value: Any, hint: Any) -> Any:
    """The value as the field holds it."""
    key = name.rpartition(" ")[2]
    if key == "size":
        sides = (value, value) if type(value) is int else tuple(value)
        sound = len(sides) == 2 and all(type(side) is int and side >= 0 for side in sides)
        _check(sound, name, value, "a side in pixels or [height, width]")
        _check(sides[0] * sides[1] <= _MAX_PIXELS, name, value, f"at most {_MAX_PIXELS} pixels")
        return sides
    if key in ("range", "mean", "std"):
        numbers = tuple(float(number) for number in (value if type(value) is list else [value]))
        sound = all(map(math.isfinite, numbers))
        if key == "range":
            sound = sound and len(numbers) == 2 and numbers[0] != numbers[1]
            _check(sound, name, value, "two different numbers")
        else:
            sound = sound and len(numbers) in (1, 3)
            _check(sound, name, value, "one number or one for each of R, G, B")
        return numbers
    if choices := get_args(hint):
        _check(value in choices, name, value, " or ".join(choices))
        return value
    if key == "multiple_of":
        _check(type(value) is int and 1 <= value <= 1024, name, value, "1 to 1024")
    return hint(value)


def _check(sound: bool, name: str, value: Any, expected: str) -> None:
    if not sound:
        raise ValueError(f"{name}: received {value!r}, expected {expected}")
