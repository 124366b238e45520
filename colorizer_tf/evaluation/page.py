"""`report.html`: a single file without external resources.

Jinja escapes all values: names of files and entries are untrusted.
"""

import json
import math
from typing import Any

import jinja2

from colorizer_tf.evaluation import front_tables, plots, tables
from colorizer_tf.evaluation.entries import GRAY, TRUTH
from colorizer_tf.evaluation.gallery import Shown

_MAIN = (
    "delta_e", "delta_e_over_gray", "psnr", "ssim", "better_than_gray", "colorfulness_ratio",
    "hue_diversity", "frechet_ab", "fid",
)  # fmt: skip
_MOST_ROWS = 2000


def html(document: dict[str, Any], shown: list[Shown]) -> str:
    """The content of `report.html`.

    Args:
        document: from `as_document`.
        shown: photos with thumbnails.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("colorizer_tf.evaluation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    measures = [_titled(measure) for measure in tables.used_measures(document)]
    entries = [entry for entry in document["entries"] if not entry["problem"]]
    scored = [entry["name"] for entry in entries if entry["name"] != TRUTH]
    rows = [row for row in document["rows"] if row["scores"]]
    spread = [
        (title, plots.distributions(document, column, title))
        for column, title in (("delta_e", "CIEDE2000"), ("colorfulness", "Colorfulness"))
    ]
    return environment.get_template("report.html").render(
        compared=document["photos"]["compared"],
        source=document["photos"]["source"],
        summary=tables.summary(document),
        main_measures=[m for m in measures if m["name"] in _MAIN],
        more_measures=[m for m in measures if m["name"] not in _MAIN],
        entries=[_entry(entry, measures, entries) for entry in entries],
        all_entries=document["entries"],
        matrix=_matrix(document, scored),
        plots=[(title, svg) for title, svg in spread if svg],
        **_fronts(document),
        costs=_costs(document),
        **_pictures(document, shown),
        row_names=scored,
        rows=[_row(row, scored) for row in rows[:_MOST_ROWS]],
        rows_left_out=max(0, len(rows) - _MOST_ROWS),
        problems=tables.problem_lines(document),
        remarks=tables.remark_lines(document),
        made_with=tables.made_with(document).replace("`", ""),
    )


def _titled(measure: dict[str, Any]) -> dict[str, Any]:
    return measure | {"title": tables.measure_title(measure)}


def _raw(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _value(value: float | None, decimals: int) -> dict[str, str]:
    return {"raw": _raw(value), "text": tables.number(value, decimals)}


def _entry(
    entry: dict[str, Any], measures: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> dict[str, Any]:
    cells = {}
    for measure in measures:
        figure = entry["figures"].get(measure["name"]) or dict.fromkeys(("value", "low", "high"))
        interval = ""
        if figure["low"] is not None:
            ends = (tables.number(figure[end], measure["decimals"]) for end in ("low", "high"))
            interval = " to ".join(ends)
        cells[measure["name"]] = {
            "raw": _raw(figure["value"]),
            "value": tables.number(figure["value"], measure["decimals"]),
            "interval": interval,
            "best": entry["name"] in _best(measure, entries),
        }
    return entry | {"cells": cells}


def _best(measure: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    """Names of the entries with the best figure, if there are several besides the baselines."""
    goal = {"lower": -math.inf, "higher": math.inf, "one": 1.0, "zero": 0.0}.get(measure["better"])
    figures = {
        entry["name"]: entry["figures"][measure["name"]]["value"]
        for entry in entries
        if entry["kind"] not in ("baseline", "truth") and measure["name"] in entry["figures"]
    }
    values = {name: value for name, value in figures.items() if value is not None}
    if goal is None or len(values) < 2:
        return []

    def distance(value: float) -> float:
        return abs(value - goal) if math.isfinite(goal) else -value if goal > 0 else value

    least = min(map(distance, values.values()))
    return [name for name, value in values.items() if distance(value) == least]


def _matrix(document: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Differences of CIEDE2000 between all pairs of entries."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    turned = {"better": "worse", "worse": "better"}
    for pair in document["pairs"]:
        if pair["measure"] == "delta_e":
            one, two, verdict = pair["one"], pair["two"], pair["verdict"]
            ends = (pair["low"], pair["high"])
            found[one, two] = _difference(pair["difference"], ends, verdict)
            ends = (-pair["high"], -pair["low"])
            found[two, one] = _difference(-pair["difference"], ends, turned.get(verdict, verdict))
    rows = [{"name": one, "cells": [found.get((one, two)) for two in names]} for one in names]
    return {"names": names, "rows": rows}


def _difference(value: float, ends: tuple[float, float], verdict: str) -> dict[str, str]:
    return {
        "difference": f"{value:+.2f}",
        "interval": f"{ends[0]:+.2f} to {ends[1]:+.2f}",
        "verdict": "≈" if verdict == "no difference shown" else verdict,
        "kind": verdict if verdict in ("better", "worse") else "same",
    }


def _costs(document: dict[str, Any]) -> list[Any]:
    titles, *rows = tables.cost_rows(document) or [[]]
    if not rows:
        return []
    return [titles, *([name, *(_value(*value) for value in values)] for name, *values in rows)]


def _fronts(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "front_plot": plots.fronts(document),
        "front_tables": [front_tables.level_rows(document), front_tables.point_rows(document)],
        "front_verdicts": front_tables.front_verdicts(document),
    }


def _pictures(document: dict[str, Any], shown: list[Shown]) -> dict[str, Any]:
    names = [e["name"] for e in document["entries"] if not e["problem"]]
    names = [name for name in names if any(name in photo.pictures for photo in shown)]
    # Photos that are the best or worst of an entry come first.
    ordered = sorted(shown, key=lambda photo: not photo.groups)
    photos = [_photo(document["rows"][photo.index], photo, names) for photo in ordered]
    groups = dict.fromkeys(group for photo in photos for group in json.loads(photo["groups"]))
    return {
        "shown": photos,
        "groups": sorted(groups),
        "shown_names": [name for name in names if name not in (GRAY, TRUTH)],
    }


def _photo(row: dict[str, Any], photo: Shown, names: list[str]) -> dict[str, Any]:
    scores = {name: values.get("delta_e") for name, values in row["scores"].items()}
    pictures = [
        {
            "name": name,
            "address": photo.pictures.get(name),
            "alt": _alt(name, row["photo"]),
            "lines": _caption(row["scores"].get(name, {})),
        }
        for name in names
    ]
    return {
        "name": row["photo"],
        "size": f"{row['width']} x {row['height']}",
        "tags": photo.reasons,
        "groups": json.dumps(photo.groups),
        "scores": json.dumps(scores),
        "pictures": pictures,
        "width": photo.width,
        "height": photo.height,
    }


def _alt(name: str, photo: str) -> str:
    if name == GRAY:
        return f"{photo} in gray"
    return f"{photo}, true colors" if name == TRUTH else f"{photo} colored by {name}"


def _caption(scores: dict[str, float | None]) -> list[str]:
    wanted = (("delta_e", "CIEDE2000", 1), ("psnr", "PSNR", 1), ("colorfulness", "colorful", 0))
    return [
        f"{label} {tables.number(scores[name], decimals)}"
        for name, label, decimals in wanted
        if name in scores
    ]


def _row(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    found = (row["scores"].get(name, {}).get("delta_e") for name in names)
    return {"name": row["photo"], "cells": [_value(value, 2) for value in found]}
