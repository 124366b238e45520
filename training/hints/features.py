"""Photos to what the frozen color network makes of them, on disk, to train hints on.

python -m training.hints.features output/gpu/cnn.npz photos-*.zip --out output/hints/cnn
"""

import argparse
import functools
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import keras
import numpy as np
from PIL import Image

from colorizer_tf import color
from colorizer_tf.networks import LOGITS
from colorizer_tf.networks.color_classes import mean_color
from training.gpu import network_file
from training.gpu.export import as_keras

SIZE = 128
BATCH = 16
# Archives hold near-equal photos of some sources: a source counts by this power of its size.
BALANCE = 0.65


class Features(NamedTuple):
    """What is known of n photos, memory-mapped.

    Attributes:
        features: `(n, 32, 32, channels)` float16, what the color classes are computed of.
        predicted: `(n, 32, 32, 2)` float32, ab as predicted.
        lab: `(n, 128, 128, 3)` float16, the photos.
    """

    features: np.ndarray
    predicted: np.ndarray
    lab: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> "Features":
        """What `main` wrote."""
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls._fields))


def main() -> None:
    """Draw photos, predict, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", type=Path, help="that training.gpu wrote, .npz")
    parser.add_argument("archives", type=Path, nargs="+", help="zip archives of photos")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--count", type=int, default=4000, help="photos [4000]")
    parser.add_argument("--temperature", type=float, default=0.6, help="of the prediction [0.6]")
    args = parser.parse_args()
    network = as_keras(network_file.read(args.network))
    logits = network.get_layer(LOGITS)
    both = keras.Model(network.input, [logits.input, logits.output])
    args.out.mkdir(parents=True, exist_ok=True)
    shapes = {
        "features": ((32, 32, logits.input.shape[-1]), np.float16),
        "predicted": ((32, 32, 2), np.float32),
        "lab": ((SIZE, SIZE, 3), np.float16),
    }
    names = _draw(args.archives, args.count)
    files = {
        name: np.lib.format.open_memmap(args.out / f"{name}.npy", "w+", dtype, (len(names), *shape))
        for name, (shape, dtype) in shapes.items()
    }
    run = _compiled(both, args.temperature)
    for first in range(0, len(names), BATCH):
        lab = np.stack(list(_read(names[first : first + BATCH])))
        features, predicted = run(lab[..., :1] / 50 - 1)
        rows = slice(first, first + len(lab))
        for name, values in (("features", features), ("predicted", predicted), ("lab", lab)):
            files[name][rows] = values
        if first % (25 * BATCH) == 0:
            print(f"{first} of {len(names)}", flush=True)
    for file in files.values():
        file.flush()


def _compiled(both: keras.Model, temperature: float):  # noqa: ANN202
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def run(scaled):  # noqa: ANN001, ANN202
        features, logits = both(scaled, training=False)
        return features, mean_color(logits, temperature) * color.AB_MAX

    return lambda scaled: [np.asarray(each) for each in run(scaled.astype(np.float32))]


def _draw(archives: Sequence[Path], count: int) -> list[tuple[Path, str]]:
    names = [
        (path, info.filename)
        for path in archives
        for info in zipfile.ZipFile(path).infolist()
        if not info.is_dir()
    ]
    sizes = Counter(name.split("/")[0] for _, name in names)
    weights = np.array([sizes[name.split("/")[0]] ** (BALANCE - 1) for _, name in names])
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(names), min(count, len(names)), False, weights / weights.sum())
    return [names[index] for index in chosen]


def _read(names: Sequence[tuple[Path, str]]) -> Iterator[np.ndarray]:
    for path, name in names:
        with Image.open(io.BytesIO(_opened(path).read(name))) as image:
            rgb = np.asarray(image.convert("RGB"))
        side = min(rgb.shape[:2])
        top, left = ((length - side) // 2 for length in rgb.shape[:2])
        square = rgb[top : top + side, left : left + side].astype(np.float32) / 255
        yield color.rgb_to_lab(cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA))


@functools.cache
def _opened(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


if __name__ == "__main__":
    main()
