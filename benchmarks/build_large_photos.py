"""build-records on 12-megapixel JPEGs against the plain loop, one process each, after start-up.

The plain loop is what one would write first: OpenCV decodes the whole photo, crops its middle,
resizes, converts to LAB with cvtColor, and TensorFlow writes the records. It does less: no hashes,
no filters, no split, no checks.

    python benchmarks/build_large_photos.py [--photos N] [--runs N]
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from colorizer_tf import RecordOptions, build_records

WIDTH, HEIGHT, SIZE = 4000, 3000, 128


def draw(folder: Path, count: int) -> None:
    """JPEGs of about 4 MB: soft shapes, fine grain, as cameras give them."""
    rng = np.random.default_rng(0)
    for index in range(count):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        grain = cv2.resize(rng.normal(0, 9, (HEIGHT // 2, WIDTH // 2)), (WIDTH, HEIGHT))
        picture = np.clip(picture + grain[..., None], 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{index:03d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


def plain_loop(folder: Path, out: Path) -> None:
    """Decode, crop, resize, convert, write."""
    with tf.io.TFRecordWriter(str(out / "plain.tfrecord")) as writer:
        for path in sorted(folder.iterdir()):
            picture = cv2.imread(str(path))
            side = min(picture.shape[:2])
            top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
            square = picture[top : top + side, left : left + side]
            small = cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
            lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
            value = tf.train.BytesList(value=[lab.tobytes()])
            feature = {"lab": tf.train.Feature(bytes_list=value)}
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())


def ours(folder: Path, out: Path) -> None:
    """`build_records` in this process."""
    options = RecordOptions(size=SIZE, min_chroma=0)
    build_records([folder], out / "set", options, workers=1, progress=False)


def seconds(run: Callable[[Path, Path], None], folder: Path) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        run(folder, Path(out))
        return time.perf_counter() - start


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    # OpenCV would decode on one core and resize on all.
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), args.photos)
        seconds(ours, Path(folder))
        # In turn, so that a busy moment of the machine hits both.
        pairs = [
            (seconds(plain_loop, Path(folder)), seconds(ours, Path(folder)))
            for _ in range(args.runs)
        ]
    plain, built = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        json.dumps(
            {
                "benchmark": "build_large_photos",
                "photos_per_s": round(args.photos / built, 1),
                "plain_loop_photos_per_s": round(args.photos / plain, 1),
                "ratio": round(statistics.median(p / b for p, b in pairs), 2),
                "target": 2.5,
            }
        )
    )


if __name__ == "__main__":
    main()
