"""Spark's `local[2]` against two local workers, both jobs: the rate once all is started.

Each command runs over few and over many photos, the engines in turns; the difference of the two
times gives the rate, and what is left of the short one is the start-up. `build-records` reads a zip
of 128 px JPEGs, `colorize` a folder of those.

    python benchmarks/spark_local.py [--photos 20000] [--colorize 2000] [--runs 1] [--model ...]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from build_small_photos import draw, zipped
from spark_cluster import missing

ENGINES = {"local": ["--workers", "2"], "spark": ["--engine", "spark", "--master", "local[2]"]}
TARGET = 0.8


def seconds(words: list[str], engine: str) -> float:
    """Of a command, in an output folder of its own."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "colorizer_tf", *words, "--quiet", "--out", f"{out}/set"]
        start = time.monotonic()
        subprocess.run([*command, *ENGINES[engine]], check=True, stderr=subprocess.DEVNULL)
        return time.monotonic() - start


def compare(
    few: list[str], many: list[str], counts: tuple[int, int], runs: int
) -> dict[str, float]:
    """Rates, start-ups and the ratio of the rates, medians of the runs."""
    told: dict[str, list[float]] = {f"{engine}_{what}": [] for engine in ENGINES for what in "st"}
    ratios = []
    for _ in range(runs):
        rates = {}
        short = {engine: seconds(few, engine) for engine in ENGINES}
        for engine in ENGINES:
            rates[engine] = (counts[1] - counts[0]) / (seconds(many, engine) - short[engine])
            told[f"{engine}_s"].append(short[engine] - counts[0] / rates[engine])
            told[f"{engine}_t"].append(rates[engine])
        ratios.append(rates["spark"] / rates["local"])
    medians = {name: round(statistics.median(values), 1) for name, values in told.items()}
    return {
        "photos": counts[1],
        "local_photos_per_s": medians["local_t"],
        "spark_photos_per_s": medians["spark_t"],
        "ratio": round(statistics.median(ratios), 2),
        "target": TARGET,
        "local_start_s": medians["local_s"],
        "spark_start_s": medians["spark_s"],
    }


def unpacked(photos: list[bytes], folder: Path) -> str:
    """The photos as files."""
    folder.mkdir()
    for number, photo in enumerate(photos):
        (folder / f"{number:06d}.jpg").write_bytes(photo)
    return str(folder)


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=20_000, help="for build-records")
    parser.add_argument("--colorize", type=int, default=2_000, help="for colorize; 0: leave it out")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--model", default="cnn")
    args = parser.parse_args()
    told: dict[str, object] = {"benchmark": "spark_local"}
    if missing():
        print(json.dumps(told | {"skipped": missing()}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = draw(max(args.photos, args.colorize))
        if args.photos:
            few, many = args.photos // 10, args.photos
            words = [
                ["build-records", str(zipped(photos[:count], folder / f"{count}.zip"))]
                for count in (few, many)
            ]
            told["build_records"] = compare(*words, (few, many), args.runs)
        if args.colorize:
            few, many = args.colorize // 10, args.colorize
            words = [
                ["colorize", unpacked(photos[:count], folder / str(count)), "--model", args.model]
                for count in (few, many)
            ]
            told["colorize"] = compare(*words, (few, many), args.runs)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
