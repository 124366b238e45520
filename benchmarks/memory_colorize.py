"""Memory of `colorizer-tf colorize` over many small photos: flat, or growing?

The command colors them with a tiny model, while its resident memory is read every fifth of a
second. The measure is the mean over the last tenth of the photos against that over the second tenth
(the first one still warms up); nothing grows where it is 1.

    python benchmarks/memory_colorize.py [--photos N]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from drawn import draw_jpegs
from kill_colorize import INDEX, make_model

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


def megabytes(process: int) -> float:
    """Resident memory now; 0 if the process is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0.0
    lines = (line.split() for line in text.splitlines())
    return next((int(words[1]) / 1024 for words in lines if words[0] == "VmRSS:"), 0.0)


def finished(index: Path) -> int:
    """Photos that the index calls finished."""
    return index.read_bytes().count(b'{"finished"') if index.exists() else 0


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=5000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model, photos = make_model(folder), make_photos(folder, args.photos)
        command = [sys.executable, "-m", "colorizer_tf", "colorize", str(photos), "--quiet"]
        command += ["--model", str(model), "--out", str(folder / "out")]
        start, seen = time.monotonic(), list[tuple[float, float]]()
        process = subprocess.Popen(command)
        while process.poll() is None:
            share = finished(folder / "out" / INDEX) / args.photos
            seen.append((share, megabytes(process.pid)))
            time.sleep(0.2)
        seconds = time.monotonic() - start
        if process.returncode:
            sys.exit(process.returncode)
    early = statistics.mean(used for share, used in seen if 0.1 <= share < 0.2)
    late = statistics.mean(used for share, used in seen if share >= 0.9 and used)
    print(
        json.dumps(
            {
                "benchmark": "memory_colorize",
                "photos": args.photos,
                "photos_per_s": round(args.photos / seconds, 1),
                "early_mb": round(early, 1),
                "late_mb": round(late, 1),
                "peak_mb": round(max(used for _, used in seen), 1),
                "ratio": round(late / early, 3),
                "target": 1.1,
            }
        )
    )


if __name__ == "__main__":
    main()
