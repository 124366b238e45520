"""Tables and sentences of a report as text, for the terminal, `report.md` and `report.html`."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from colorizer_tf.evaluation.entries import GRAY

_TERMINAL = (
    "delta_e", "delta_e_over_gray", "psnr_over_gray", "ssim", "better_than_gray",
    "colorfulness_ratio", "fid",
)  # fmt: skip
_DASH = "–"
# Longest list of photos with the same kind of problem.
_MAX_LINES = 20


def number(value: float | None, decimals: int) -> str:
    """A number as text; a dash for None."""
    if value is None:
        return _DASH
    text = f"{value:.{decimals}f}"
    return "0" + text[2:] if text.startswith("-0") and float(text) == 0 else text


def cell(entry: dict[str, Any], measure: dict[str, Any], *, interval: bool = True) -> str:
    """An entry's figure as "10.42 [10.10, 10.75]" or "10.42"."""
    figure = entry["figures"].get(measure["name"])
    if not figure or figure["value"] is None:
        return _DASH
    decimals = measure["decimals"]
    value = number(figure["value"], decimals)
    if not interval or figure["low"] is None:
        return value
    return f"{value} [{number(figure['low'], decimals)}, {number(figure['high'], decimals)}]"


def used_measures(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The measures that at least one entry has a figure of."""
    return [
        measure
        for measure in document["measures"]
        if any(cell(entry, measure) != _DASH for entry in document["entries"])
    ]


def terminal_table(document: dict[str, Any]) -> str:
    """The main figures of each entry in aligned columns; CIEDE2000 with its interval."""
    measures = [m for m in used_measures(document) if m["name"] in _TERMINAL]
    head = ["", *(measure["label"] for measure in measures), "photos/s"]
    rows = [
        [
            entry["name"],
            *(cell(entry, m, interval=m["name"] == "delta_e") for m in measures),
            number(entry["cost"]["photos_per_second"], 1),
        ]
        for entry in document["entries"]
        if not entry["problem"]
    ]
    return aligned([head, *rows])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of aligned columns, the first left-aligned, the others right-aligned."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *rest = (
            text + " " * (width - _width(text))
            if number == 0
            else " " * (width - _width(text)) + text
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *rest]).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    """Width of a text on a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def verdicts(document: dict[str, Any], measure: str = "delta_e") -> list[str]:
    """A sentence for each pair of entries in a measure; of the baselines, only for gray."""
    left_out = {entry["name"] for entry in document["entries"] if entry["kind"] == "baseline"}
    left_out.discard(GRAY)
    (decimals,) = (m["decimals"] for m in document["measures"] if m["name"] == measure)
    lines = []
    for pair in document["pairs"]:
        named = not left_out & {pair["one"], pair["two"]}
        if pair["measure"] == measure and named and pair["difference"] is not None:
            lines.append(_sentence(pair, decimals))
    return lines


def _sentence(pair: dict[str, Any], decimals: int) -> str:
    one, two, sign = pair["one"], pair["two"], 1.0
    if pair["verdict"] == "worse":
        one, two, sign = two, one, -1.0
    low, high = sorted(sign * pair[end] for end in ("low", "high"))
    found = f"{sign * pair['difference']:+.{decimals}f} [{low:+.{decimals}f}, {high:+.{decimals}f}]"
    if pair["verdict"] in ("better", "worse"):
        return f"{one} is better than {two}, {found}"
    return f"{one} and {two}: {pair['verdict']}, {found}"


def summary(document: dict[str, Any]) -> str:
    """Number of photos scored, the preparation, and the protocol version."""
    photos, settings = document["photos"], document["settings"]
    size = f"shorter side at most {settings['resize']} px" if settings["resize"] else "own size"
    crop = ", middle square" if settings["crop"] else ", uncropped"
    return (
        f"{photos['compared']} of {photos['given']} photos, {size}{crop}; protocol "
        f"{document['protocol_version']}, {settings['resamples']} resamples, seed "
        f"{settings['seed']}."
    )


def made_with(document: dict[str, Any]) -> str:
    """A line with versions and the command."""
    made = document["made_with"]
    revision = f" ({made['git_revision']})" if made["git_revision"] else ""
    return (
        f"Made with colorizer-tf {made['colorizer_tf']}{revision}, Python {made['python']}: "
        f"`{made['command'].replace('`', '')}`"
    )


def cost_rows(document: dict[str, Any]) -> list[list[Any]]:
    """Headings, then for each entry with a cost its name and pairs (value, decimals)."""
    rows: list[list[Any]] = []
    for entry in document["entries"]:
        cost = entry["cost"]
        if not entry["problem"] and any(value is not None for value in cost.values()):
            parameters = cost["parameters"]
            rows.append(
                [
                    entry["name"],
                    (cost["photos_per_second"], 1),
                    (cost["peak_memory_mb"], 0),
                    (cost["load_seconds"], 1),
                    (None if parameters is None else parameters / 1e6, 2),
                    (cost["size_mb"], 1),
                ]
            )
    titles = ["", "photos/s", "peak memory, MB", "load, s", "parameters, millions", "size, MB"]
    return [titles, *rows] if rows else []


def problem_lines(document: dict[str, Any]) -> list[str]:
    """Lines on what failed, was left out or matched no photo; long lists are cut."""
    lines = _cut([f"{p['photo']}: {p['reason']}" for p in document["photos"]["unreadable"]])
    for entry in document["entries"]:
        name = entry["name"]
        if entry["problem"]:
            lines.append(f"{name}: {entry['problem']}")
        lines += [f"{name}: {note}" for note in entry["notes"]]
        lines += _cut([f"{name}: {m['photo']}: {m['reason']}" for m in entry["missing"]])
        lines += _cut([f"{name}: {picture} matches no photo" for picture in entry["unmatched"]])
    return lines


def remark_lines(document: dict[str, Any]) -> list[str]:
    """Lines on pictures that were resized, and on pictures that are equal to their photo."""
    lines = []
    for entry in document["entries"]:
        name, resized, same = entry["name"], entry["resized"], entry["same"]
        if resized:
            were = "picture was" if resized == 1 else "pictures were"
            lines.append(f"{name}: {resized} {were} resized to the photo's size")
        if same:
            are = (
                "picture is the photo itself" if same == 1 else "pictures are the photos themselves"
            )
            lines.append(f"{name}: {same} {are}, pixel for pixel: are there originals in it?")
    return lines


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= _MAX_LINES:
        return lines
    return [*lines[:_MAX_LINES], f"... and {len(lines) - _MAX_LINES} more: see report.json"]


def measure_title(measure: dict[str, Any]) -> str:
    """Heading of a measure: label, unit and an arrow to the better side."""
    arrows = {
        "lower": "\u00a0↓",
        "higher": "\u00a0↑",
        "one": "\u00a0→\u00a01",
        "zero": "\u00a0→\u00a00",
    }
    unit = f", {measure['unit']}" if measure["unit"] else ""
    return f"{measure['label']}{unit}{arrows.get(measure['better'], '')}"
