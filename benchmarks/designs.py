"""Designs trained on one small budget, on held-out photos: CIEDE2000 against colorfulness.

Each run of training/recipes/designs predicts the valid split of its records from L at the size it
was trained at; the ab is enlarged to the records' size and judged there, at several strengths: so
designs can be compared where they are as colorful as each other. Runs with color classes are
decoded at several temperatures too. Prints the table of training/README.md and one JSON line;
--plot writes an SVG. `at 0.6` is CIEDE2000 over gray's where the strengthened color reaches 0.6 of
the true colorfulness.

Usage: python benchmarks/designs.py training/runs/designs/* [--plot docs/designs.svg]
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.startup import load_tensorflow

RECIPES = Path(__file__).parents[1] / "training/recipes/designs"
STRENGTHS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
TEMPERATURES = (1.0, 0.6, 0.38)
COLUMNS = (
    *("design", "what", "parameters", "samples"),
    *("CIEDE2000 / gray's", "PSNR", "color", "hues", "at 0.6"),
)
COLORS = ("#1b6ca8", "#d1495b", "#3c8d53", "#8e5ea2", "#c98c1f", "#444444")
MARKS = ("4 0", "7 3", "2 2", "8 2 2 2")


def main() -> None:
    """Judge all runs; print the table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--plot", type=Path, help="write CIEDE2000 against colorfulness, as SVG")
    arguments = parser.parse_args()
    load_tensorflow()
    rows: list[dict[str, Any]] = []
    for run in arguments.runs:
        rows += judge(run)
    rows.sort(key=lambda row: row["curve"][0][1])
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        print(
            f"| [{row['recipe']}](recipes/designs/{row['recipe']}.toml){row['decoded']} "
            f"| {row['what']} | {row['parameters'] / 1e6:.1f} M "
            f"| {row['samples']:,} | {row['curve'][0][1]:.3f} | {row['psnr']:+.2f} "
            f"| {row['curve'][0][0]:.2f} | {row['hues']:.2f} | {at_colorfulness(row, 0.6)} |"
        )
    if arguments.plot:
        arguments.plot.write_text(drawn(rows), "utf-8")
    print(json.dumps({"designs": rows}))


def judge(run: Path) -> Iterator[dict[str, Any]]:
    """The measures of a run, once for each temperature that it can be decoded at."""
    import keras

    from colorizer_tf.networks.color_classes import class_mean
    from colorizer_tf.training.train import read_config

    config = read_config(run)
    network = keras.saving.load_model(run / "best.keras").averaged_network()
    mean = class_mean(network)
    for temperature in TEMPERATURES if mean else (1.0,):
        if mean:
            mean.temperature = temperature
        head = (RECIPES / f"{run.name}.toml").read_text("utf-8").splitlines()[0]
        yield {
            "recipe": run.name,
            "decoded": f", T = {temperature:g}" if mean else "",
            "what": head.lstrip("# ").rstrip("."),
            "parameters": network.count_params(),
            "samples": config.batch_size * config.steps_per_epoch * config.epochs,
            **measure(network, config),
        }


def at_colorfulness(row: dict[str, Any], wanted: float) -> str:
    """CIEDE2000 over gray's at that share of the true colorfulness, if the strengths reach it."""
    shares, delta_e = zip(*row["curve"], strict=True)
    reached = min(shares) <= wanted <= max(shares)
    return f"{np.interp(wanted, shares, delta_e):.3f}" if reached else "–"


def measure(network: Any, config: Any) -> dict[str, Any]:
    """Means over the valid split, and the curve of (colorfulness, CIEDE2000) by strength."""
    import tensorflow as tf

    from colorizer_tf import color, load_records
    from colorizer_tf.models import metrics

    photos = load_records(config.valid_records or config.records, "valid", 32)
    sums: dict[str, list[Any]] = {}

    @tf.function
    def score(lightness: Any, ab: Any, predicted: Any) -> dict[str, Any]:
        level, true = color.unscale_lightness(lightness), color.unscale_ab(ab)
        rgb = color.lab_to_rgb(tf.concat([level, true], -1))
        made = color.lab_to_rgb(tf.concat([level, predicted], -1))
        return {
            "delta_e": metrics.delta_e(true, predicted),
            "psnr": metrics.psnr(rgb, made),
            "colorfulness": metrics.colorfulness(made),
            "mean_color": metrics.mean_color(predicted),
        }

    @tf.function
    def predict(lightness: Any) -> Any:
        side, size = lightness.shape[1], config.size or lightness.shape[1]
        small = tf.image.resize(lightness, [size, size], "area") if size < side else lightness
        return color.unscale_ab(tf.image.resize(network(small, training=False), [side, side]))

    for lightness, ab in photos:
        truth, answer = color.unscale_ab(ab), predict(lightness)
        for name, given in [
            ("truth", truth),
            ("gray", tf.zeros_like(ab)),
            *((f"{strength:g}", strength * answer) for strength in STRENGTHS),
        ]:
            for key, value in score(lightness, ab, given).items():
                sums.setdefault(f"{name} {key}", []).append(value.numpy())
    means = {name: np.concatenate(parts).mean(0) for name, parts in sums.items()}

    def hues(name: str) -> float:
        return float(metrics.hue_diversity(tf.constant(means[f"{name} mean_color"])))

    true = float(means["truth colorfulness"])
    return {
        "delta_e": float(means["1 delta_e"]),
        "gray": float(means["gray delta_e"]),
        "psnr": float(means["1 psnr"] - means["gray psnr"]),
        "hues": hues("1") / hues("truth"),
        "curve": [
            (
                round(float(means[f"{strength:g} colorfulness"]) / true, 4),
                round(float(means[f"{strength:g} delta_e"] / means["gray delta_e"]), 4),
            )
            for strength in STRENGTHS
        ],
    }


def drawn(rows: list[dict[str, Any]]) -> str:
    """The curves as an SVG: colorfulness to the right, CIEDE2000 upward, both shares."""
    points = [point for row in rows for point in row["curve"] if point[0] <= 1.0]
    low = min(y for _, y in points) - 0.01
    high = min(1.15, max(y for _, y in points)) + 0.01

    def place(x: float, y: float) -> tuple[float, float]:
        return 60 + 560 * x, 420 - 380 * (y - low) / (high - low)

    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 470" font-family="sans-serif" '
        'font-size="12"><rect width="860" height="470" fill="#ffffff"/>'
    ]
    for tick in np.arange(0, 1.01, 0.2):
        x, _ = place(tick, low)
        lines.append(f'<path d="M{x:.0f} 40V420" stroke="#e4e4e4"/>')
        lines.append(f'<text x="{x:.0f}" y="436" text-anchor="middle">{tick:.1f}</text>')
    for tick in np.arange(np.ceil(low / 0.05) * 0.05, high, 0.05):
        _, y = place(0, tick)
        shade = "#888888" if abs(tick - 1) < 1e-6 else "#e4e4e4"
        lines.append(f'<path d="M60 {y:.0f}H620" stroke="{shade}"/>')
        lines.append(f'<text x="54" y="{y + 4:.0f}" text-anchor="end">{tick:.2f}</text>')
    lines.append(
        '<text x="340" y="458" text-anchor="middle">colorfulness, as a share of the true</text>'
        '<text x="60" y="26">CIEDE2000, as a share of gray\'s (lower is better)</text>'
    )
    for number, row in enumerate(rows):
        stroke = COLORS[number % len(COLORS)]
        dash = MARKS[number // len(COLORS) % len(MARKS)]
        shown = [place(x, y) for x, y in row["curve"] if x <= 1.0 and y <= high]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
        style = f'stroke="{stroke}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'
        lines.append(f'<polyline points="{way}" {style}/>')
        if shown:
            x, y = shown[0]
            lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{stroke}"/>')
        y = 48 + 18 * number
        lines.append(f'<path d="M640 {y}h26" {style}/>')
        lines.append(f'<text x="672" y="{y + 4}">{row["recipe"]}{row["decoded"]}</text>')
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    main()
