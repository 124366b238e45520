"""Records a second out of `load_records` with augmentation, against two references.

One is a bare read of the same files by `tf.data.TFRecordDataset`, the other the plain way without
records: decode each JPEG and convert it with scikit-image's rgb2lab. The three take turns; the
figures are medians over the rounds.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from drawn import draw_jpegs
from frame import Times, benchmark, medians, ratio

from colorizer_tf.base.startup import load_tensorflow

BATCH = 64
PASSES = 4


def measure(folder: Path, photos: int = 4096, rounds: int = 5) -> dict[str, object]:
    """Rates of the three, in turns."""
    tf = load_tensorflow()
    from colorizer_tf import RecordOptions, build_records, load_records
    from colorizer_tf.data.request import Augmentation, BatchRequest, shard_files

    jpegs = draw_jpegs(folder / "photos", photos, 128)
    build_records(
        [folder / "photos"], folder / "records", RecordOptions(valid_fraction=0), progress=False
    )
    files = shard_files(folder / "records", "train")
    augmentation = Augmentation(flip=True, crop_scale=0.7, jitter=0.2)

    def pipeline() -> Iterable[object]:
        return load_records(
            BatchRequest(
                folder / "records",
                "train",
                BATCH,
                augmentation=augmentation,
                remainder="keep",
                epochs=range(PASSES),
            )
        )

    def bare() -> Iterable[object]:
        return tf.data.TFRecordDataset(files * PASSES)

    rates: Times = {"pipeline": [], "bare": [], "plain": []}
    for _ in range(rounds):
        rates["pipeline"].append(rate(pipeline, photos * PASSES, BATCH))
        rates["bare"].append(rate(bare, photos * PASSES))
        rates["plain"].append(rate(lambda: map(convert, jpegs[:500]), 500))
    return {
        "records_per_second": medians(rates)["pipeline"],
        "against_bare_read": ratio(rates, "pipeline", "bare"),
        "against_decode_and_scikit_image": ratio(rates, "pipeline", "plain"),
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
    benchmark(measure)
