"""`colorize` on photos of 512 px against the loop one would write first, one process each.

The loop reads each JPEG, takes L* from scikit-image's `rgb2lab`, calls the SavedModel's
`predict_ab` at the same scale, enlarges ab bilinearly, converts back with `lab2rgb` and writes a
JPEG. Both are warm; the loop runs over a part of the photos, ours over all.

Usage: python benchmarks/colorize_small.py [--photos 2000] [--loop-photos 100] [--model FOLDER]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.io
import tensorflow as tf
from drawn import draw_jpegs
from models import draw_model

from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer, network_sides

SIDE = 512


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--loop-photos", type=int, default=100)
    parser.add_argument("--model", type=Path, help="a model folder [one with random weights]")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args, Path(folder))))


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Photos a second of the two, the loop's before and after ours."""
    photos = draw_jpegs(folder / "photos", args.photos, SIDE)
    model = args.model or draw_model(folder / "model")
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    colorizer.colorize(photos[0])
    loaded = tf.saved_model.load(str(model))
    plain_loop(photos[:3], loaded, colorizer.size, folder / "loop")
    seconds = [timed_loop(photos[: args.loop_photos], loaded, colorizer.size, folder / "loop")]
    start = time.perf_counter()
    results = colorize_files([folder / "photos"], folder / "out", colorizer)
    ours = len(photos) / (time.perf_counter() - start)
    assert all(result.status == "done" for result in results)
    seconds.append(timed_loop(photos[: args.loop_photos], loaded, colorizer.size, folder / "loop"))
    loop = 2 * args.loop_photos / sum(seconds)
    return {
        "benchmark": "colorize_small",
        "photos": len(photos),
        "photos_per_second": round(ours, 1),
        "loop_per_second": round(loop, 1),
        "times_faster": round(ours / loop, 1),
    }


def timed_loop(photos: list[Path], loaded: Any, size: int, out: Path) -> float:
    """Seconds of the loop."""
    start = time.perf_counter()
    plain_loop(photos, loaded, size, out)
    return time.perf_counter() - start


def plain_loop(photos: list[Path], loaded: Any, size: int, out: Path) -> None:
    """What one would write first."""
    out.mkdir(exist_ok=True)
    predict_ab = loaded.signatures["predict_ab"]
    for path in photos:
        lab = skimage.color.rgb2lab(skimage.io.imread(path))
        height, width = lab.shape[:2]
        sides = network_sides(height, width, size)
        small = cv2.resize(lab[..., 0], sides[::-1], interpolation=cv2.INTER_AREA)
        ab = predict_ab(lightness=tf.constant(small[None, ..., None], tf.float32))["ab"][0].numpy()
        lab[..., 1:] = cv2.resize(ab, (width, height))
        rgb = skimage.color.lab2rgb(lab)
        skimage.io.imsave(
            out / path.name, np.rint(rgb * 255).astype(np.uint8), check_contrast=False
        )


if __name__ == "__main__":
    main()
