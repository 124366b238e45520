"""`report.html`: a single file without external resources.

Jinja escapes all values: names of files and entries are untrusted.
"""

import json
import math
from typing import Any

import jinja2

from colorizer_tf.evaluation import folder_tables, front_tables, hint_tables, plots, tables
from colorizer_tf.evaluation.entries import BASELINE_KINDS, GRAY, TRUTH
from colorizer_tf.evaluation.gallery import Shown

_MAIN = (
    "delta_e", "delta_e_over_gray", "psnr", "ssim", "better_than_gray", "colorfulness_ratio",
    "hue_diversity", "frechet_ab", "fid",
)  # fmt: skip
_MAX_ROWS = 2000


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
    environment.filters |= {"number": tables.number, "raw": _raw, "title": tables.measure_title}
    measures = tables.used_measures(document)
    entries = [entry for entry in document["entries"] if not entry["problem"]]
    scored = [entry["name"] for entry in entries if entry["name"] != TRUTH]
    rows = [row for row in document["rows"] if row["scores"]]
    names = [e["name"] for e in entries if any(e["name"] in photo.pictures for photo in shown)]
    # Photos that are the best or worst of an entry come first.
    photos = sorted(shown, key=lambda photo: not photo.groups)
    return environment.get_template("report.html").render(
        document=document,
        summary=tables.summary(document),
        made_with=tables.made_with(document).replace("`", ""),
        main_measures=[m for m in measures if m["name"] in _MAIN],
        more_measures=[m for m in measures if m["name"] not in _MAIN],
        entries=entries,
        scored=scored,
        best={measure["name"]: _best(measure, entries) for measure in measures},
        differences=_differences(document),
        plots=[
            (title, plots.distributions(document, column, title))
            for column, title in (("delta_e", "CIEDE2000"), ("colorfulness", "Colorfulness"))
        ],
        front_plot=plots.fronts(document),
        front_tables=[front_tables.level_rows(document), front_tables.point_rows(document)],
        front_verdicts=front_tables.front_verdicts(document),
        hint_table=hint_tables.hint_rows(document),
        folder_table=folder_tables.folder_rows(document),
        costs=tables.cost_rows(document),
        photos=[_photo(document["rows"][photo.index], photo, names) for photo in photos],
        groups=sorted({group for photo in shown for group in photo.groups}),
        shown_names=[name for name in names if name not in (GRAY, TRUTH)],
        rows=rows[:_MAX_ROWS],
        rows_left_out=max(0, len(rows) - _MAX_ROWS),
        problems=tables.problem_lines(document),
        remarks=tables.remark_lines(document),
    )


def _raw(value: float | None) -> str:
    """A number to sort by."""
    return "" if value is None else f"{value:.6g}"


def _best(measure: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    """Names of the entries with the best figure, if there are several besides the baselines."""
    goals = {"lower": -math.inf, "higher": math.inf, "one": 1.0, "zero": 0.0}
    figures = {
        entry["name"]: entry["figures"][measure["name"]]["value"]
        for entry in entries
        if entry["kind"] not in BASELINE_KINDS and measure["name"] in entry["figures"]
    }
    values = {name: value for name, value in figures.items() if value is not None}
    goal = goals.get(measure["better"])
    if goal is None or len(values) < 2:
        return []
    if math.isinf(goal):
        best = max(values.values()) if goal > 0 else min(values.values())
        return [name for name, value in values.items() if value == best]
    least = min(abs(value - goal) for value in values.values())
    return [name for name, value in values.items() if abs(value - goal) == least]


def _differences(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """CIEDE2000 of each entry less that of each other one, by both names."""
    reverse = {"better": "worse", "worse": "better"}
    found: dict[str, dict[str, Any]] = {}
    for pair in document["pairs"]:
        if pair["measure"] == "delta_e":
            one, two, verdict = pair["one"], pair["two"], pair["verdict"]
            value, low, high = pair["difference"], pair["low"], pair["high"]
            found.setdefault(one, {})[two] = (value, low, high, verdict)
            other = reverse.get(verdict, verdict)
            found.setdefault(two, {})[one] = (-value, -high, -low, other)
    return found


def _photo(row: dict[str, Any], photo: Shown, names: list[str]) -> dict[str, Any]:
    scores = {name: values.get("delta_e") for name, values in row["scores"].items()}
    return {
        "name": row["photo"],
        "size": f"{row['width']} x {row['height']}",
        "reasons": photo.reasons,
        "groups": json.dumps(photo.groups),
        "delta_e": json.dumps(scores),
        "width": photo.width,
        "height": photo.height,
        "pictures": [
            (name, photo.pictures.get(name), _alt(name, row["photo"]), row["scores"].get(name, {}))
            for name in names
        ],
    }


def _alt(name: str, photo: str) -> str:
    if name == GRAY:
        return f"{photo} in gray"
    return f"{photo}, true colors" if name == TRUTH else f"{photo} colored by {name}"
