"""An evaluation as JSON data: the content of `report.json`, which the other reports are made from.

Removing a key or changing its meaning raises SCHEMA_VERSION; adding one does not.
"""

import dataclasses
import json
import math
from collections import Counter
from typing import Any

from colorizer_tf.base.environment import describe_host
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.columns import COLUMNS, MEASURES
from colorizer_tf.evaluation.costs import Cost
from colorizer_tf.evaluation.entries import TRUTH
from colorizer_tf.evaluation.figures import Pair
from colorizer_tf.evaluation.front import Front, LevelPair, Setting
from colorizer_tf.evaluation.hint_scores import HintCurve
from colorizer_tf.evaluation.protocol import PROTOCOL_VERSION
from colorizer_tf.evaluation.requests import Result
from colorizer_tf.evaluation.run import Evaluation
from colorizer_tf.evaluation.scoring import Row

SCHEMA = "colorizer-tf evaluation"
SCHEMA_VERSION = 1
_DIGITS = 6


def as_document(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as JSON data; undefined figures are None."""
    options = evaluation.options
    unreadable = [row for row in evaluation.rows if row.problem]
    compared = set(evaluation.compared)
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "protocol_version": PROTOCOL_VERSION,
        "made_with": describe_host(),
        "settings": {
            "resize": options.resize,
            "crop": options.crop,
            "resamples": options.resamples,
            "seed": options.seed,
            "fid_weights_md5": evaluation.fid_weights_md5,
        },
        "photos": {
            "source": evaluation.source,
            "given": len(evaluation.rows),
            "compared": len(compared),
            "unreadable": [{"photo": row.name, "reason": row.problem} for row in unreadable],
        },
        "measures": [dataclasses.asdict(measure) for measure in MEASURES],
        "entries": [_entry(result, evaluation.rows) for result in evaluation.results],
        "pairs": [_pair(pair) for pair in evaluation.pairs],
        "fronts": [_front(front) for front in evaluation.fronts],
        "front_pairs": [_level_pair(pair) for pair in evaluation.level_pairs],
        "hints": [_hints(curve) for curve in evaluation.hints],
        "rows": [_row(row, index in compared) for index, row in enumerate(evaluation.rows)],
    }


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON text with one line per photo."""
    rows = ",\n  ".join(
        json.dumps(row, ensure_ascii=False, allow_nan=False) for row in document["rows"]
    )
    rest = {key: value for key, value in document.items() if key != "rows"}
    head = json.dumps(rest, indent=1, ensure_ascii=False, allow_nan=False).removesuffix("\n}")
    return f'{head},\n "rows": [\n  {rows}\n ]\n}}\n'


def _number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")


def _figure(figure: Figure) -> dict[str, float | None]:
    return {key: _number(value) for key, value in dataclasses.asdict(figure).items()}


def _figures(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _entry(result: Result, rows: list[Row]) -> dict[str, Any]:
    problems = [
        (row.name, row.problems[result.name]) for row in rows if result.name in row.problems
    ]
    return {
        "name": result.name,
        "kind": result.kind,
        "description": result.description,
        "weights_sha256": result.weights_sha256 or None,
        "problem": result.problem,
        "notes": result.notes,
        "pictures": sum(result.name in row.values for row in rows),
        "resized": sum(result.name in row.resized for row in rows),
        "same": sum(result.name in row.same for row in rows),
        # An entry without any picture has this in `problem`, not once per photo.
        "missing": []
        if result.problem
        else [{"photo": photo, "reason": reason} for photo, reason in problems],
        "missing_counts": dict(Counter(reason for _, reason in problems).most_common()),
        "unmatched": result.unmatched,
        "figures": _figures(result.figures),
        "cost": _cost(result.cost),
    }


def _cost(cost: Cost) -> dict[str, float | None]:
    values = dataclasses.asdict(cost).items()
    return {name: None if value is None else _number(value) for name, value in values}


def _pair(pair: Pair) -> dict[str, Any]:
    figure = _figure(pair.difference)
    return {
        "one": pair.one,
        "two": pair.two,
        "measure": pair.measure,
        "difference": figure["value"],
        "low": figure["low"],
        "high": figure["high"],
        "verdict": pair.verdict,
    }


def _front(front: Front) -> dict[str, Any]:
    return {
        "name": front.name,
        "points": [
            _setting(point.setting) | {"figures": _figures(point.figures)} for point in front.points
        ],
        "levels": [
            {"colorfulness": level.colorfulness, **_setting(level.setting), "lowest": level.lowest}
            | {"figures": _figures(level.figures)}
            for level in front.levels
        ],
    }


def _hints(curve: HintCurve) -> dict[str, Any]:
    points = zip(curve.counts, curve.figures, strict=True)
    return {
        "name": curve.name,
        "points": [{"count": count, "figures": _figures(figures)} for count, figures in points],
    }


def _setting(setting: Setting) -> dict[str, float | None]:
    return {"temperature": setting.temperature, "strength": _number(setting.strength)}


def _level_pair(pair: LevelPair) -> dict[str, Any]:
    return {"one": pair.one, "two": pair.two, "colorfulness": pair.colorfulness} | {
        "difference": _figure(pair.difference)
    }


def _row(row: Row, compared: bool) -> dict[str, Any]:
    scores = {
        name: {
            column: _number(value)
            for column, value in zip(COLUMNS, values, strict=True)
            if name != TRUTH or not math.isnan(value)
        }
        for name, values in row.values.items()
    }
    height, width = row.shape
    found = {"photo": row.name, "height": height, "width": width, "compared": compared}
    return found | {"scores": scores}
