"""Records a second out of `load_records` with augmentation, against two references.

One is a bare read of the same files by `tf.data.TFRecordDataset`, the other the plain way without
records: decode each JPEG and convert it with scikit-image's rgb2lab. The three take turns; the
figures are medians over the rounds.

Usage: python benchmarks/pipeline.py [--photos 4096] [--rounds 5]
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from drawn import draw_jpegs

from colorizer_tf.base.startup import load_tensorflow

BATCH = 64
PASSES = 4


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    load_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), args.photos, args.rounds)))


def measure(folder: Path, photos: int, rounds: int) -> dict[str, object]:
    """Rates of the three, in turns."""
    import tensorflow as tf

    from colorizer_tf import RecordOptions, build_records, load_records
    from colorizer_tf.data.pipeline import Augmentation, shard_files

    jpegs = draw_jpegs(folder / "photos", photos, 128)
    build_records(
        [folder / "photos"], folder / "records", RecordOptions(valid_fraction=0), progress=False
    )
    files = shard_files(folder / "records", "train")
    augmentation = Augmentation(flip=True, crop_scale=0.7, jitter=0.2)

    def pipeline() -> Iterable[object]:
        return load_records(
            folder / "records",
            "train",
            BATCH,
            augmentation=augmentation,
            remainder="keep",
            epochs=range(PASSES),
        )

    def bare() -> Iterable[object]:
        return tf.data.TFRecordDataset(files * PASSES)

    rates: dict[str, list[float]] = {"pipeline": [], "bare": [], "plain": []}
    for _ in range(rounds):
        rates["pipeline"].append(rate(pipeline, photos * PASSES, BATCH))
        rates["bare"].append(rate(bare, photos * PASSES))
        rates["plain"].append(rate(lambda: map(convert, jpegs[:500]), 500))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "benchmark": "pipeline",
        "photos": photos,
        "records_per_second": round(medians["pipeline"]),
        "against_bare_read": round(medians["pipeline"] / medians["bare"], 2),
        "against_decode_and_scikit_image": round(medians["pipeline"] / medians["plain"], 1),
    }


def convert(jpeg: Path) -> tuple[object, object]:
    """What a training without records does with a photo."""
    import cv2
    import skimage.color

    lab = skimage.color.rgb2lab(cv2.imread(str(jpeg))[..., ::-1])
    return lab[..., :1] / 50 - 1, lab[..., 1:] / 128


def rate(source: Callable[[], Iterable[object]], count: int, batch: int = 1) -> float:
    """Photos a second, from the first batch on: before it the source is built."""
    batches = iter(source())
    next(batches)
    start = time.perf_counter()
    for _ in batches:
        pass
    return (count - batch) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
