"""build-records on 128 px JPEGs in a zip, against the least that any builder must do.

The limit is decoding, making square and converting to LAB alone: `decode_image`, `to_square` and
`rgb8_to_lab8` over the same files lying in memory, on one core; nothing is read, hashed, filtered
or written. What starting costs (Python, TensorFlow) is taken out of the builds: each is timed on
a small and on a large set, and the difference counts.

    python benchmarks/build_small_photos.py [--photos N] [--runs N]
"""

import argparse
import json
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.color import rgb8_to_lab8
from colorizer_tf.images import decode_image
from colorizer_tf.records.photo import to_square

SIZE = 128
OPTIONS = RecordOptions(size=SIZE, min_chroma=0.01, shard_size=256)


def draw(count: int) -> list[bytes]:
    """JPEGs of about 6 kB."""
    rng = np.random.default_rng(0)
    photos = []
    for _ in range(count):
        coarse = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC).astype(float)
        picture += cv2.resize(rng.normal(0, 12, (SIZE // 2, SIZE // 2)), (SIZE, SIZE))[..., None]
        picture = np.clip(picture, 0, 255).astype(np.uint8)
        photos.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return photos


def zipped(photos: list[bytes], path: Path) -> Path:
    """The photos in an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for index, photo in enumerate(photos):
            archive.writestr(f"photos/{index:06d}.jpg", photo)
    return path


def limit(photos: list[bytes]) -> float:
    """Photos a second of decoding, making square and converting."""
    start = time.perf_counter()
    for photo in photos:
        rgb8_to_lab8(to_square(decode_image(photo, SIZE), SIZE, "crop"))
    return len(photos) / (time.perf_counter() - start)


def seconds(archive: Path, workers: int) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        build_records([archive], Path(out) / "set", OPTIONS, workers=workers, progress=False)
        return time.perf_counter() - start


def rate(small: Path, large: Path, more: int, workers: int) -> float:
    """Photos a second once all is started; the large archive holds so many more."""
    started = seconds(small, workers)
    return more / (seconds(large, workers) - started)


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=8192)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    photos = draw(args.photos)
    few = args.photos // 8
    with tempfile.TemporaryDirectory() as folder:
        small = zipped(photos[:few], Path(folder, "small.zip"))
        large = zipped(photos, Path(folder, "large.zip"))
        seconds(small, 1)
        runs = [
            (
                limit(photos[: args.photos // 2]),
                rate(small, large, args.photos - few, 1),
                rate(small, large, args.photos - few, 2),
            )
            for _ in range(args.runs)
        ]
    bound, one, two = (statistics.median(column) for column in zip(*runs, strict=True))
    print(
        json.dumps(
            {
                "benchmark": "build_small_photos",
                "limit_photos_per_s": round(bound),
                "one_worker_photos_per_s": round(one),
                "two_workers_photos_per_s": round(two),
                "ratio": round(statistics.median(o / b for b, o, _ in runs), 3),
                "target": 0.7,
                "two_workers_ratio": round(statistics.median(t / o for _, o, t in runs), 2),
                "two_workers_target": 1.8,
            }
        )
    )


if __name__ == "__main__":
    main()
