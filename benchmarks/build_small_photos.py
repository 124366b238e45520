"""build-records on 128 px JPEGs in a zip, against the least that any builder must do.

The limit is decoding, making square and converting to LAB alone: `decode_image`, `to_square` and
the conversion by NumPy's cube root over the same files lying in memory, on one core; nothing is
read, hashed, filtered or written. `ratio_own_conversion` is against the limit with `rgb8_to_lab8`,
which is twice as fast. What starting costs is taken out of the builds: each is timed on a small and
on a large set, and the difference counts.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from drawn import small_jpegs, zipped
from frame import Times, benchmark, medians, ratio

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.color import conversion, rgb8_to_lab8
from colorizer_tf.images import decode_image
from colorizer_tf.records.photo import to_square

SIZE = 128
LINEAR = conversion.linear_from_srgb(np.arange(256) / 255).astype(np.float32)
XYZ_OF_RGB = (conversion.XYZ_FROM_RGB / conversion.WHITE[:, None]).astype(np.float32)
LAB8_OF_F = np.array([[0, 116 * 2.55, 0], [500, -500, 0], [0, 200, -200]], np.float32)
LAB8_OFFSET = np.array([[-16 * 2.55], [128], [128]], np.float32)
OPTIONS = RecordOptions(size=SIZE, min_chroma=0.01, shard_size=256)


def lab8_by_numpy(rgb: np.ndarray) -> np.ndarray:
    """The same by planes of float32, a table and NumPy's cube root."""
    planes = np.ascontiguousarray(rgb.reshape(-1, 3).T)
    xyz = XYZ_OF_RGB @ LINEAR.take(planes)
    line = np.float32(conversion.SLOPE) * xyz + np.float32(16 / 116)
    coded = LAB8_OF_F @ np.where(xyz > conversion.EPSILON, np.cbrt(xyz), line) + LAB8_OFFSET
    coded = np.clip(np.rint(coded, out=coded), 0, 255, out=coded).astype(np.uint8)
    return np.ascontiguousarray(coded.T).reshape(rgb.shape)


def limit(photos: list[bytes], convert: Callable[[np.ndarray], np.ndarray]) -> float:
    """Photos a second of decoding, making square and converting."""
    start = time.perf_counter()
    for photo in photos:
        convert(to_square(decode_image(photo, SIZE), SIZE, "crop"))
    return len(photos) / (time.perf_counter() - start)


def seconds(archive: Path, workers: int) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        build_records([archive], Path(out) / "set", OPTIONS, workers=workers, progress=False)
        end = time.perf_counter()
    return end - start


def rate(small: Path, large: Path, more: int, workers: int) -> float:
    """Photos a second once all is started; the large archive holds so many more."""
    started = seconds(small, workers)
    return more / (seconds(large, workers) - started)


def measure(folder: Path, photos: int = 8192, rounds: int = 3) -> dict[str, float]:
    """Photos a second of the limit, of one worker and of two, in turns."""
    cv2.setNumThreads(1)
    files, few = small_jpegs(photos), photos // 8
    small = zipped(files[:few], folder / "small.zip")
    large = zipped(files, folder / "large.zip")
    seconds(small, 1)
    rates: Times = {"limit": [], "own": [], "one": [], "two": []}
    for _ in range(rounds):
        rates["limit"].append(limit(files[: photos // 4], lab8_by_numpy))
        rates["own"].append(limit(files[: photos // 4], rgb8_to_lab8))
        rates["one"].append(rate(small, large, photos - few, 1))
        rates["two"].append(rate(small, large, photos - few, 2))
    found = medians(rates)
    return {
        "limit_photos_per_s": found["limit"],
        "one_worker_photos_per_s": found["one"],
        "two_workers_photos_per_s": found["two"],
        "ratio": ratio(rates, "one", "limit"),
        "ratio_own_conversion": ratio(rates, "one", "own"),
        "two_workers_ratio": ratio(rates, "two", "one"),
    }


if __name__ == "__main__":
    benchmark(measure, asked={"ratio": ">= 0.7", "two_workers_ratio": ">= 1.8"})
