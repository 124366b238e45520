"""Hints of many photos, from flags and files: JSON or CSV."""

import csv
import fnmatch
import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.hints.hint import KEEP, Hint

FORMAT_VERSION = 1
MAX_BYTES = 2**24
_FIELDS = ("x", "y", "color", "radius")
_COLUMNS = ("photo", *_FIELDS)


@dataclass(frozen=True)
class HintBook:
    """Hints by patterns of photos' names; picklable.

    Attributes:
        entries: pairs of a pattern and its hints. A pattern such as `roll3_*.tif` is compared with
            a photo's file name, one with a `/` with the end of its path.
    """

    entries: tuple[tuple[str, tuple[Hint, ...]], ...] = ()

    def __add__(self, other: "HintBook") -> "HintBook":
        return HintBook(self.entries + other.entries)

    def of(self, path: str) -> tuple[Hint, ...]:
        """The hints of the photo with this path, in the order of the entries."""
        found: tuple[Hint, ...] = ()
        for pattern, hints in self.entries:
            if fnmatch.fnmatchcase(_end(path, pattern.count("/")), pattern):
                found += hints
        return found

    def idle(self, paths: Iterable[str]) -> list[str]:
        """The patterns that fit none of these photos, in their order."""
        paths, ends, found = list(paths), {}, []
        for pattern in dict.fromkeys(pattern for pattern, _ in self.entries):
            depth = pattern.count("/")
            if depth not in ends:
                ends[depth] = {_end(path, depth) for path in paths}
            plain = not set(pattern) & set("*?[")
            if pattern not in ends[depth] and (plain or not fnmatch.filter(ends[depth], pattern)):
                found.append(pattern)
        return found

    @classmethod
    def of_flags(cls, hints: Iterable[str], keeps: Iterable[str] = ()) -> "HintBook":
        """The hints of `--hint` and `--keep`, for every photo.

        Raises:
            UsageError: if one cannot be read.
        """
        found = [_named("--hint", text, keep=False) for text in hints]
        found += [_named("--keep", text, keep=True) for text in keeps]
        return cls((("*", tuple(found)),) if found else ())

    @classmethod
    def read(cls, path: str | Path) -> "HintBook":
        """The hints in a file, JSON or, if its name ends in .csv, CSV; see `docs/hints.md`.

        Raises:
            UsageError: if it cannot be read, or has another content; with the place in it.
        """
        path = Path(path)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
        try:
            if len(data) > MAX_BYTES:
                raise UsageError("larger than 16 MB")
            text = data.decode("utf-8-sig")
            entries = _csv(text) if path.suffix.lower() == ".csv" else _json(text)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
        except (ValueError, RecursionError, csv.Error) as error:
            raise UsageError(
                f"{path}: no hints ({error}), expected JSON or .csv as docs/hints.md has it"
            ) from None
        return cls(tuple(entries))


def _end(path: str, depth: int) -> str:
    """The file's name, after so many of the folders around it."""
    return "/".join(path.replace(os.sep, "/").split("/")[-1 - depth :])


def read_hints(text: str) -> tuple[Hint, ...]:
    """The hints of a JSON list as text; see `parse_hints`."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f'hints: not JSON ({error}), expected [{{"x": 420, "y": 310, "color": "#a01818"}}]'
        ) from None
    return parse_hints(given)


def parse_hints(given: Any) -> tuple[Hint, ...]:
    """The hints of a JSON list of objects with x, y, color and radius.

    Raises:
        UsageError: if it is no such list.
    """
    if not isinstance(given, list):
        raise UsageError(f"hints: received {type(given).__name__}, expected a list")
    return tuple(_hint(each, f"hint {number}") for number, each in enumerate(given, start=1))


def _named(flag: str, text: str, *, keep: bool) -> Hint:
    try:
        return Hint.parse(text, keep=keep)
    except UsageError as error:
        raise UsageError(f"{flag} {text}: {error}") from None


def _json(text: str) -> list[tuple[str, tuple[Hint, ...]]]:
    document = json.loads(text)
    photos = document.get("photos") if isinstance(document, dict) else None
    if not isinstance(photos, dict) or document.get("format_version") != FORMAT_VERSION:
        raise UsageError(
            f'received no hints, expected {{"format_version": {FORMAT_VERSION}, "photos": '
            '{"NAME": [{"x": 420, "y": 310, "color": "#a01818"}]}}'
        )
    found = []
    for pattern, hints in photos.items():
        try:
            found.append((pattern, parse_hints(hints)))
        except UsageError as error:
            raise UsageError(f"{pattern}: {error}") from None
    return found


def _csv(text: str) -> list[tuple[str, tuple[Hint, ...]]]:
    rows = csv.DictReader(io.StringIO(text))
    names = [name.strip().lower() for name in rows.fieldnames or ()]
    if not {"photo", "x", "y"} <= set(names) <= set(_COLUMNS):
        raise UsageError(f"received the columns {', '.join(names)}, expected {','.join(_COLUMNS)}")
    rows.fieldnames = names
    found: list[tuple[str, tuple[Hint, ...]]] = []
    for row in rows:
        pattern, where = row.pop("photo", None), f"line {rows.line_num}"
        values = {name: value for name, value in row.items() if value}
        if not pattern or not set(values) <= set(_FIELDS):
            raise UsageError(f"{where}: expected {','.join(names)}")
        found.append((pattern, (_hint(values, where),)))
    return found


def _hint(given: Any, where: str) -> Hint:
    if not isinstance(given, dict) or not {"x", "y"} <= set(given) <= set(_FIELDS):
        raise UsageError(f"{where}: received {given!r}, expected an object with x, y and color")
    try:
        return Hint(**{"color": KEEP} | given)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
