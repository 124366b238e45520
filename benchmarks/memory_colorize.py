"""Memory of `colorizer-tf colorize` over many small photos: flat, or growing?

The command colors them with a tiny model, while its resident memory is read every fifth of a
second. The measure is the mean over the last tenth of the photos against that over the second tenth
(the first one still warms up); nothing grows where it is 1.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from drawn import draw_jpegs
from frame import benchmark, megabytes
from kill_colorize import INDEX
from models import tiny_model

SIDE = 256
DISTINCT = 100


def make_photos(folder: Path, count: int) -> Path:
    """So many names, of fewer photos."""
    drawn = draw_jpegs(folder / "drawn", min(DISTINCT, count), SIDE)
    for number in range(count):
        place = folder / "photos" / f"{number % 50:02d}" / f"{number:05d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(drawn[number % len(drawn)], place)
    return folder / "photos"


def finished(index: Path) -> int:
    """Photos that the index calls finished."""
    return index.read_bytes().count(b'{"finished"') if index.exists() else 0


def measure(folder: Path, photos: int = 5000) -> dict[str, float]:
    """Memory early in the run and late in it."""
    model, source = tiny_model(folder / "model"), make_photos(folder, photos)
    command = [sys.executable, "-m", "colorizer_tf", "colorize", str(source), "--quiet"]
    command += ["--model", str(model), "--out", str(folder / "out")]
    start, seen = time.monotonic(), list[tuple[float, float]]()
    process = subprocess.Popen(command)
    while process.poll() is None:
        share = finished(folder / "out" / INDEX) / photos
        seen.append((share, megabytes(process.pid)))
        time.sleep(0.2)
    seconds = time.monotonic() - start
    if process.returncode:
        sys.exit(process.returncode)
    early = statistics.mean(used for share, used in seen if 0.1 <= share < 0.2)
    late = statistics.mean(used for share, used in seen if share >= 0.9 and used)
    return {
        "photos_per_s": photos / seconds,
        "early_mb": early,
        "late_mb": late,
        "peak_mb": max(used for _, used in seen),
        "ratio": late / early,
    }


if __name__ == "__main__":
    benchmark(measure, asked={"ratio": "<= 1.1"})
