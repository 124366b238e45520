"""Plots of a report: distributions over the photos, and fronts, as SVG to stand in a page."""

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from colorizer_tf.evaluation.tables import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 60
# The few photos beyond this share of all would press the rest together.
_REACH = 0.995
_WIDTH, _ROW_HEIGHT = 9.0, 0.6
# Drawn in colors of no other use, then replaced by the page's own, which follow light and dark.
_STYLES = {
    "#010203": "var(--ink)",
    "#010204": "var(--line)",
    "#010205": "var(--accent)",
    "#010206": "var(--accent-soft)",
    "#010207": "var(--muted)",
    "#010208": "var(--muted-soft)",
}
_INK, _LINE, _ACCENT, _ACCENT_SOFT, _MUTED, _MUTED_SOFT = _STYLES
_MARKERS = "osD^vP*X"


def distributions(document: dict[str, Any], column: str, title: str) -> str | None:
    """Histograms of a column of the rows, an entry below the other; None if there are none.

    The line is the mean, the band its 95 % interval.
    """
    entries = [entry for entry in document["entries"] if column in entry["figures"]]
    columns = [_values(document, entry["name"], column) for entry in entries]
    reach = float(np.quantile(np.concatenate([*columns, [0.0]]), _REACH))
    if reach <= 0:
        return None
    (decimals,) = (m["decimals"] for m in document["measures"] if m["name"] == column)

    def draw(axes: "list[Axes]") -> None:
        for axis, entry, values in zip(axes, entries, columns, strict=True):
            _histogram(axis, entry, values, reach, column, decimals)
        axes[-1].set_xlabel(title)

    return _svg(len(entries), _ROW_HEIGHT * (len(entries) + 1), draw, title)


def _histogram(
    axis: "Axes", entry: dict[str, Any], values: np.ndarray, reach: float, column: str, digits: int
) -> None:
    own = entry["kind"] in ("baseline", "truth")
    line, fill = (_MUTED, _MUTED_SOFT) if own else (_ACCENT, _ACCENT_SOFT)
    kept = np.minimum(values, reach)
    kind: Any = "stepfilled"
    axis.hist(kept, bins=_BINS, range=(0, reach), histtype=kind, edgecolor=line, facecolor=fill)
    figure = entry["figures"][column]
    text = number(figure["value"], digits)
    if figure["low"] is not None:
        axis.axvspan(figure["low"], figure["high"], color=_INK, alpha=0.3, linewidth=0)
        text += f" [{number(figure['low'], digits)}, {number(figure['high'], digits)}]"
    if figure["value"] is not None:
        axis.axvline(figure["value"], color=_INK)
    axis.set_ylabel(f"{entry['name']}\n{text}", rotation=0, ha="right", va="center")
    axis.set_yticks([])
    axis.set_xlim(0, reach)


def _values(document: dict[str, Any], name: str, column: str) -> np.ndarray:
    found = (row["scores"][name].get(column) for row in document["rows"] if row["compared"])
    return np.array([value for value in found if value is not None])


def fronts(document: dict[str, Any]) -> str | None:
    """CIEDE2000 over gray's and Fréchet ab against colorfulness, a line for each temperature."""
    if not document["fronts"]:
        return None

    def draw(axes: "list[Axes]") -> None:
        measures = (("delta_e_over_gray", "CIEDE2000 / gray's"), ("frechet_ab", "Fréchet ab"))
        for axis, (measure, title) in zip(axes, measures, strict=True):
            for place, front in enumerate(document["fronts"]):
                _front(axis, front, measure, f"C{place}")
            axis.set_ylabel(title)
            axis.grid(color=_LINE, linewidth=0.6)
        axes[0].axhline(1, color=_MUTED, linestyle="--", linewidth=1)
        axes[0].legend(labelcolor=_INK, edgecolor=_LINE, facecolor="none")
        axes[-1].set_xlabel("colorfulness / truth's")

    return _svg(2, 8.0, draw, "Error against colorfulness")


def _front(axis: "Axes", front: dict[str, Any], measure: str, color: str) -> None:
    temperatures = list(dict.fromkeys(point["temperature"] for point in front["points"]))
    for place, temperature in enumerate(temperatures):
        points = [point for point in front["points"] if point["temperature"] == temperature]
        x, y = (
            [np.nan if v is None else v for v in (p["figures"][key]["value"] for p in points)]
            for key in ("colorfulness_ratio", measure)
        )
        told = "" if temperature is None else f", temperature {temperature:g}"
        marker = _MARKERS[place % len(_MARKERS)]
        # A legend leaves out what begins with an underscore.
        label = "\u200b" + front["name"] + told
        axis.plot(x, y, color=color, marker=marker, markersize=4, linewidth=1.2, label=label)


def _svg(rows: int, height: float, draw: "Callable[[list[Axes]], None]", title: str) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: Any = {"svg.fonttype": "none", "svg.hashsalt": title, "text.parse_math": False}
    style |= {"font.size": 9, "axes.edgecolor": _LINE}
    ink = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")
    with mpl.rc_context(style | dict.fromkeys(ink, _INK)):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, sharex=True, squeeze=False)[:, 0]
        for axis in axes:
            axis.set_facecolor("none")
            axis.spines[["top", "right"]].set_visible(False)
        draw(list(axes))
        out = io.StringIO()
        with warnings.catch_warnings():
            # The page's font has what matplotlib's lacks.
            warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
            figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue())


def _inline(text: str) -> str:
    """The SVG element alone, in the page's colors, without names that two plots would share."""
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    for color, style_of_page in _STYLES.items():
        text = text.replace(color, style_of_page)
    return text
