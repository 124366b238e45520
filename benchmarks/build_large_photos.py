"""build-records on 12-megapixel JPEGs against the plain loop, one process each, after start-up.

The plain loop is what one would write first: OpenCV decodes the whole photo, crops its middle,
resizes, converts to LAB with cvtColor, and TensorFlow writes the records. It does less: no hashes,
no filters, no split, no checks.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import tensorflow as tf
from drawn import grainy_jpegs, unpacked
from frame import benchmark, medians, ratio, turns

from colorizer_tf import RecordOptions, build_records

WIDTH, HEIGHT, SIZE = 4000, 3000, 128


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


def measure(folder: Path, photos: int = 24, rounds: int = 5) -> dict[str, float]:
    """Photos a second of the two, in turns."""
    # OpenCV would decode on one core and resize on all.
    cv2.setNumThreads(1)
    source = unpacked(grainy_jpegs(photos, HEIGHT, WIDTH, (12, 16), 9), folder / "photos")

    def side(run: Callable[[Path, Path], None]) -> Callable[[], None]:
        def once() -> None:
            with tempfile.TemporaryDirectory() as out:
                run(source, Path(out))

        return once

    times = turns({"ours": side(ours), "plain": side(plain_loop)}, rounds)
    return {
        "photos_per_s": photos / medians(times)["ours"],
        "plain_loop_photos_per_s": photos / medians(times)["plain"],
        "ratio": ratio(times, "plain", "ours"),
    }


if __name__ == "__main__":
    benchmark(measure, asked={"ratio": ">= 2.5"})
