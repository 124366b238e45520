"""What all benchmarks share: flags, a folder to work in, sides that take turns, one JSON line.

A script defines `measure`, whose keyword arguments are its flags, and ends with

    if __name__ == "__main__":
        benchmark(measure, asked={"ratio": ">= 2.5"})

The sides of a comparison take turns within a round (`turns`), so that a busy moment of the machine
meets all of them; figures are medians over rounds, and ratios are of medians or of rounds.
"""

import argparse
import inspect
import json
import operator
import statistics
import sys
import tempfile
import time
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Times = dict[str, list[float]]

_DIGITS = 4
_ORDERS = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


def benchmark(
    measure: Callable[..., Mapping[str, Any]], asked: Mapping[str, str] | None = None
) -> None:
    """Run a script: parse its flags, measure, print one JSON line; exit 1 if a target is missed.

    Args:
        measure: gives the figures; a parameter `folder` gets a temporary folder, every other one is
            a flag with its default, a type that its annotation tells, and no other help.
        asked: targets by the figure's name: ">= 2.5", "<= 1.1" or "== 0".
    """
    module = sys.modules[measure.__module__]
    args = vars(_parser(measure, module.__doc__ or "").parse_args())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if "folder" in inspect.signature(measure).parameters:
            args["folder"] = Path(folder)
        figures = rounded(measure(**args))
    missed = [
        name for name, target in (asked or {}).items() if not is_met(figures.get(name), target)
    ]
    told = {"benchmark": Path(module.__file__ or "").stem, **figures}
    print(json.dumps(told | {"asked": dict(asked or {}), "missed": missed}))
    sys.exit(bool(missed))


def is_met(value: Any, target: str) -> bool:
    """Whether a figure reaches its target; one that was skipped has no figures and misses none."""
    order, number = target.split()
    return value is None or bool(_ORDERS[order](value, float(number)))


def turns(
    sides: Mapping[str, Callable[[], Any]],
    rounds: int,
    *,
    warm: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Seconds of each side in each round; the first `warm` rounds compile and do not count."""
    times: Times = {name: [] for name in sides}
    for turn in range(rounds + warm):
        for name, run in sides.items():
            start = clock()
            run()
            if turn >= warm:
                times[name].append(clock() - start)
    return times


def medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each side."""
    return {name: statistics.median(values) for name, values in times.items()}


def ratio(times: Mapping[str, Sequence[float]], one: str, two: str) -> float:
    """The median over rounds of one side over another."""
    return statistics.median(a / b for a, b in zip(times[one], times[two], strict=True))


def rounded(value: Any) -> Any:
    """The value with floats of four digits, at any depth."""
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return value


def megabytes(process: int) -> float:
    """Resident memory of a process now; 0 if it is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0.0
    lines = (line.split() for line in text.splitlines())
    return next((int(words[1]) / 1024 for words in lines if words[0] == "VmRSS:"), 0.0)


def _parser(measure: Callable[..., Any], text: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    hints = typing.get_type_hints(measure)
    for name, parameter in inspect.signature(measure).parameters.items():
        if name == "folder":
            continue
        flag, default = f"--{name.replace('_', '-')}", parameter.default
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
            continue
        many = isinstance(default, tuple)
        kind = type(default[0]) if many and default else _plain(hints[name])
        parser.add_argument(
            flag, type=kind, default=default, nargs="*" if many else None, help="[%(default)s]"
        )
    return parser


def _plain(hint: Any) -> Any:
    """The type of `T | None`, or the one it is."""
    if isinstance(hint, types.UnionType):
        return next(part for part in hint.__args__ if part is not type(None))
    return str if typing.get_origin(hint) is tuple else hint
