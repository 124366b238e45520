"""The photos that formats are compared and calibrated on."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.data.request import shard_files
from colorizer_tf.records.manifest import load_manifest
from colorizer_tf.records.reading import Record, read_shard

COMPARED = 32
CALIBRATING = 128


@dataclass(frozen=True)
class Photos:
    """Gray photos, `(h, w)` uint16: 8 bits would hide small differences.

    Attributes:
        compared: for the comparison of formats.
        calibrating: others, for the ranges of int8; empty for drawn pictures.
        caption: of a table.
    """

    compared: list[np.ndarray]
    calibrating: list[np.ndarray]
    caption: str


def held_out_photos(records: str | Path) -> Photos:
    """Photos of a record set's valid split, or of its train split if it has no other.

    Raises:
        ColorizerError: if there is no finished record set, or it is damaged or empty.
    """
    files = _shards(Path(records))
    # Some of every shard: shards are shuffled, but a set may have grown from several.
    count = -(-(COMPARED + CALIBRATING) // len(files))
    found: list[Record] = []
    for file in files:
        found += itertools.islice(_read_shard(file), count)
    photos = [_gray(record) for record in found[: COMPARED + CALIBRATING]]
    if not photos:
        raise ColorizerError(f"{records} holds no photos: colorizer-tf build-records makes others")
    # Every fifth is compared, so that both parts come from all shards.
    step = (COMPARED + CALIBRATING) // COMPARED
    compared = photos[::step]
    others = [photo for index, photo in enumerate(photos) if index % step]
    caption = f"{len(compared)} photos of {Path(records).name}"
    return Photos(compared, others or photos, caption)


def drawn_pictures(size: int) -> Photos:
    """A few smooth pictures of about this size, if there are no photos."""
    rng = np.random.default_rng(0)
    pictures = []
    for height, width in [(size, size), (size // 2 + 1, size + 3), (2 * size, size)]:
        coarse = rng.uniform(0, 100, (9, 7)).astype(np.float32)
        lightness = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        pictures.append(_gray_of_lightness(np.clip(lightness, 0, 100)))
    return Photos(pictures, [], f"{len(pictures)} drawn pictures, as the run's records are gone")


def _shards(records: Path) -> list[Path]:
    splits = {shard["split"] for shard in load_manifest(records)["shards"]}
    split = "train" if splits == {"train"} else "valid"
    return [Path(file) for file in shard_files(records, split)]


def _read_shard(file: Path) -> Iterator[Record]:
    try:
        yield from read_shard(file)
    except ColorizerError as error:
        raise ColorizerError(
            f"{file.parent}: {error}; colorizer-tf records verify {file.parent} tells more"
        ) from error


def _gray(record: Record) -> np.ndarray:
    return _gray_of_lightness(record.picture()[..., 0] * np.float32(color.L_MAX / 255))


def _gray_of_lightness(lightness: np.ndarray) -> np.ndarray:
    level = np.asarray(lightness, np.float64)[..., None]
    rgb = color.merge_lab(level, np.zeros((*lightness.shape, 2)))
    return np.rint(rgb[..., 0] * 65535).astype(np.uint16)
