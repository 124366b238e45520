"""Random damage to files: in their bytes, or in the values of JSON."""

import json
import random
from typing import Any

# Values that a program may trip over.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**64, -(2**63), 10**400, 1e308, 0.5),
    *(float("inf"), float("-inf"), float("nan")),
    *("", "x" * 70_000, "\0", "../../etc/passwd", "\ud800", "ü", "cnn", "NaN"),
    *([], {}, [[]], [None], {"": {}}, [1, "a"], ["a"] * 3),
)
TOKENS = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\0", b"\xff\xfe", b"\\ud800", b"1e999")


def damaged(good: bytes, rng: random.Random) -> bytes:
    """A changed file: in its values, if it is JSON, or in its bytes."""
    if rng.random() < 0.5:
        try:
            return changed_json(good, rng)
        except (ValueError, RecursionError):
            pass
    data = bytearray(good)
    for _ in range(min(int(rng.expovariate(0.5)) + 1, 20)):
        place, kind = rng.randrange(len(data) + 1), rng.randrange(7)
        if kind == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            data[place:place] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 2, 5000))
        elif kind == 2:
            del data[place : place + rng.randrange(1, 64)]
        elif kind == 3:
            data[place:place] = data[place : place + rng.randrange(1, 256)]
        elif kind == 4:
            start = rng.randrange(len(data) + 1)
            data[place : place + 20] = data[start : start + rng.randrange(1, 80)]
        elif kind == 5 and rng.random() < 0.3:
            del data[place:]
        elif kind == 6 and rng.random() < 0.1:
            data = bytearray(bytes(data).decode("utf-8", "replace").encode("utf-16"))
    return bytes(data)


def changed_json(good: bytes, rng: random.Random) -> bytes:
    """JSON, or lines of it, with a few values changed, removed, nested or exchanged."""
    lines = good.splitlines(keepends=True)
    try:
        document = json.loads(good)
    except ValueError:
        number = rng.randrange(len(lines))
        lines[number] = changed_json(lines[number], rng).replace(b"\n", b" ") + b"\n"
        return b"".join(lines)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        document = changed(document, rng)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def changed(value: Any, rng: random.Random) -> Any:
    """A value with one change somewhere within."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.15:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(len(value))
        return [*value[:place], changed(value[place], rng), *value[place + 1 :]]
    if rng.random() < 0.02:
        return nested(rng.choice((50, 900, 20_000)))
    return rng.choice(ODD)


def nested(depth: int) -> Any:
    """Lists in lists; deeper ones than `json` writes are cut to what it does."""
    value: Any = []
    for _ in range(min(depth, 900)):
        value = [value]
    return value
