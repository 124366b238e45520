"""Scores against the number of hints as rows of text, for the terminal and the reports."""

from typing import Any

from colorizer_tf.evaluation.tables import number

_COLUMNS = (
    ("delta_e", "CIEDE2000", 2),
    ("psnr", "PSNR, dB", 2),
    ("levin", "Levin: CIEDE2000", 2),
    ("levin_on_model", "Levin on the model", 2),
    ("own_delta_e", "at the hints", 2),
    ("own_over_2", "over 2 there", 3),
)


def hint_rows(document: dict[str, Any]) -> list[list[str]]:
    """A heading, then every model at each number of hints."""
    heads = [title for _, title, _ in _COLUMNS]
    rows = [["with true colors at points", "hints", *heads[:1], "less than none", *heads[1:]]]
    for curve in document["hints"]:
        none = next(
            (p["figures"]["delta_e"]["value"] for p in curve["points"] if not p["count"]), 0
        )
        for point in curve["points"]:
            cells = [number(point["figures"][key]["value"], places) for key, _, places in _COLUMNS]
            value = point["figures"]["delta_e"]["value"]
            less = f"{100 * (1 - value / none):.1f} %" if none and value is not None else ""
            rows.append([curve["name"], str(point["count"]), cells[0], less, *cells[1:]])
    return rows
