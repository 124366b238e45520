"""`colorize` on gray 12-megapixel JPEGs, to JPEG, against decoding and encoding them alone.

The reference reads, decodes, encodes and writes with the same functions, in as many threads, but
colors nothing: what it encodes is a colored photo made beforehand. The two take turns on the same
files; the share is ours of its photos/s.

Usage: python benchmarks/colorize_large.py [--photos 200] [--rounds 1] [--model FOLDER] [--rgb]
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from drawn import draw_photo
from models import draw_model

from colorizer_tf import images
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer

HEIGHT, WIDTH = 3000, 4000
DRAWN = 8
THREADS = 2


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--model", type=Path, help="a model folder [one with random weights]")
    parser.add_argument("--rgb", action="store_true", help="gray photos stored in three channels")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args, Path(folder))))


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Photos a second of the two, in turns."""
    photos = draw(folder / "photos", args.photos, rgb=args.rgb)
    colorizer = Colorizer(args.model or draw_model(folder / "model"), runtime="onnx", threads=1)
    colored = colorizer.colorize(photos[0])
    rates: dict[str, list[float]] = {"colorize": [], "decode_encode": []}
    for _ in range(args.rounds):
        start = time.perf_counter()
        decode_encode(photos, colored, folder / "reference")
        rates["decode_encode"].append(len(photos) / (time.perf_counter() - start))
        shutil.rmtree(folder / "reference")
        start = time.perf_counter()
        results = colorize_files([folder / "photos"], folder / "out", colorizer, workers=THREADS)
        rates["colorize"].append(len(photos) / (time.perf_counter() - start))
        shutil.rmtree(folder / "out")
        assert all(result.status == "done" for result in results)
    ours, theirs = (statistics.median(values) for values in rates.values())
    return {
        "benchmark": "colorize_large",
        "photos": len(photos),
        "channels": 3 if args.rgb else 1,
        "photos_per_second": round(ours, 2),
        "decode_encode_per_second": round(theirs, 2),
        "share": round(ours / theirs, 3),
    }


def draw(folder: Path, count: int, *, rgb: bool) -> list[Path]:
    """JPEGs of quality 90; a few are drawn, the rest are copies."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    paths = [folder / f"{number:04d}.jpg" for number in range(count)]
    for path in paths[:DRAWN]:
        gray = draw_photo(rng, HEIGHT, WIDTH)[..., 1]
        picture = np.repeat(gray[..., None], 3, axis=-1) if rgb else gray
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    for number, path in enumerate(paths[DRAWN:]):
        shutil.copyfile(paths[number % DRAWN], path)
    return paths


def decode_encode(photos: list[Path], colored: np.ndarray, out: Path) -> None:
    """Each photo read and decoded, and a colored one encoded and written for it."""
    out.mkdir()

    def one(path: Path) -> None:
        photo = images.decode_photo(images.read_file(path))
        data = images.encode_photo(colored, "jpeg", like=photo, quality=95, made_by="none")
        write_atomic(out / path.name, data)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, photos))


if __name__ == "__main__":
    main()
