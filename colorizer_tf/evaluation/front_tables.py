"""Fronts as rows of text, for the terminal, `report.md` and `report.html`."""

from typing import Any

from colorizer_tf.evaluation.tables import number

# Name, heading and decimals of what is told of a point.
_POINT = (
    ("colorfulness_ratio", "colorfulness / truth's", 3),
    ("delta_e_over_gray", "CIEDE2000 / gray's", 3),
    ("psnr_over_gray", "PSNR - gray's, dB", 2),
    ("frechet_ab", "Fréchet ab", 2),
    ("better_than_gray", "better than gray", 3),
)
_OWN = "own"


def level_rows(document: dict[str, Any]) -> list[list[str]]:
    """A heading, then every model and temperature at equal colorfulness.

    `*` marks the temperature with the lowest CIEDE2000 of several.
    """
    head = ["at equal colorfulness", "temperature", "strength"]
    rows = [[*head, *(title for _, title, _ in _POINT)]]
    for front in document["fronts"]:
        temperatures = {level["temperature"] for level in front["levels"]}
        for level in front["levels"]:
            figures = level["figures"] | {"colorfulness_ratio": {"value": level["colorfulness"]}}
            marked = level["lowest"] and len(temperatures) > 1
            row = _row(front["name"], level, figures)
            rows.append([*row[:1], row[1] + ("*" if marked else ""), *row[2:]])
    return rows


def point_rows(document: dict[str, Any]) -> list[list[str]]:
    """A heading, then every model at each setting."""
    rows = [["model", "temperature", "strength", *(title for _, title, _ in _POINT)]]
    for front in document["fronts"]:
        rows += [_row(front["name"], point, point["figures"]) for point in front["points"]]
    return rows


def _row(name: str, setting: dict[str, Any], figures: dict[str, Any]) -> list[str]:
    temperature = setting["temperature"]
    return [
        name,
        _OWN if temperature is None else f"{temperature:g}",
        number(setting["strength"], 2),
        *(
            number(figures[key]["value"] if key in figures else None, decimals)
            for key, _, decimals in _POINT
        ),
    ]


def front_verdicts(document: dict[str, Any]) -> list[str]:
    """Which of each two models has the lower CIEDE2000 at equal colorfulness."""
    lines = []
    for pair in document["front_pairs"]:
        value, low, high = (pair["difference"][key] for key in ("value", "low", "high"))
        if low is None:
            continue
        one, two = pair["one"], pair["two"]
        if low <= 0 <= high:
            found = f"{one} and {two}: no difference shown"
        else:
            better, other = (one, two) if high < 0 else (two, one)
            found = f"{better} is better than {other}"
        interval = f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
        lines.append(
            f"at colorfulness {pair['colorfulness']:g}, {found}: CIEDE2000 / gray's of {one} less "
            f"that of {two} is {interval}"
        )
    return lines
