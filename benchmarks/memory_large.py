"""Peak memory and time of `colorizer-tf colorize` on one photo of 100 megapixels, to JPEG.

Usage: python benchmarks/memory_large.py [--megapixels 100] [--model FOLDER]
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from drawn import draw_photo
from models import draw_model


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=int, default=100)
    parser.add_argument("--model", type=Path, help="a model folder [one with random weights]")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run(args.one, args.model)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args, Path(folder))))


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of a gray and of a color photo, each in processes of its own."""
    model = args.model or draw_model(folder / "model")
    height = round(math.sqrt(args.megapixels * 1e6 * 3 / 4))
    tile = draw_photo(np.random.default_rng(0), height // 4, height // 3)
    photo = np.tile(tile, (4, 4, 1))
    figures = {}
    for kind, pixels in {"gray": photo[..., 1], "color": photo}.items():
        path = folder / f"{kind}.jpg"
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
        command = [sys.executable, __file__, "--one", str(path), "--model", str(model)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        figures[kind] = json.loads(answer.stdout)
    megapixels = round(photo.shape[0] * photo.shape[1] / 1e6, 1)
    return {"benchmark": "memory_large", "megapixels": megapixels, **figures}


def run(path: str, model: Path) -> dict[str, float]:
    """The command on one file, as the only child, whose peak is then that of all children."""
    out = Path(path).with_suffix("")
    command = ["colorize", path, "--model", str(model), "--out", str(out), "--quiet"]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "colorizer_tf", *command], check=True)
    seconds = time.perf_counter() - start
    # In units of 1,024 bytes on Linux.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {"peak_gigabytes": round(peak / 1e9, 2), "seconds": round(seconds, 1)}


if __name__ == "__main__":
    main()
