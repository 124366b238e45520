"""Scores by folder as rows of text: which kinds of photos a model is good at."""

from pathlib import PurePosixPath
from statistics import mean
from typing import Any

from colorizer_tf.evaluation.entries import BASELINE_KINDS, GRAY
from colorizer_tf.evaluation.tables import number

# With more folders a line each would be no overview.
_MOST_FOLDERS = 40


def folder_rows(document: dict[str, Any]) -> list[list[str]]:
    """A heading, then every folder of photos; nothing unless there are 2 to 40 of them."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for row in document["rows"]:
        if row["compared"]:
            folder = str(PurePosixPath(row["photo"]).parent)
            folders.setdefault(folder, []).append(row["scores"])
    if not 1 < len(folders) <= _MOST_FOLDERS:
        return []
    entries = [
        entry["name"]
        for entry in document["entries"]
        if entry["kind"] not in BASELINE_KINDS and not entry["problem"]
    ]
    titles = [title for name in entries for title in (f"{name} / gray", f"{name}: better")]
    rows = [["folder", "photos", "gray: CIEDE2000", *titles]]
    for folder, scores in sorted(folders.items()):
        gray = [each[GRAY]["delta_e"] for each in scores]
        cells = [cell for name in entries for cell in _cells(name, scores)]
        rows.append([folder, str(len(scores)), number(mean(gray), 2), *cells])
    return rows


def _cells(name: str, scores: list[dict[str, Any]]) -> list[str]:
    """Mean CIEDE2000 over gray's, and the share of photos on which it is lower."""
    pairs = [(each[name]["delta_e"], each[GRAY]["delta_e"]) for each in scores]
    gray = sum(other for _, other in pairs)
    ratio = sum(own for own, _ in pairs) / gray if gray else None
    return [number(ratio, 3), number(mean(own < other for own, other in pairs), 2)]
