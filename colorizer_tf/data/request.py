"""Which batches of a record set are wanted, and how many there are."""

import dataclasses
import math
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.data.sampling import Sampling
from colorizer_tf.records.manifest import load_manifest

REMAINDERS = ("keep", "drop", "mask")


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random changes of training pictures; the defaults change nothing."""

    flip: bool = False
    crop_scale: float = 1.0
    jitter: float = 0.0
    age: float = 0.0


@dataclasses.dataclass(frozen=True)
class BatchRequest:
    """Which batches of a record set are wanted, and in which order.

    Attributes:
        path: a folder that `build-records` made.
        split: "train" or "valid".
        batch_size: photos a batch.
        size: side of the pictures, at most the records' own; None for that.
        shuffle: a new order each epoch; None for "train" only.
        augmentation: random changes.
        sampling: how often each folder's photos are drawn.
        remainder: a last, smaller batch is kept, dropped, or filled up and masked: "mask" gives
            triples with a weight `(n,)`, 0 for filling. None: "drop" for "train", else "keep".
        seed: with the epoch's number it fixes order and changes, so that any epoch can be replayed.
        epochs: the epochs to give, one after the other.
        first_step: batches of the first epoch to leave out, for resuming within an epoch.
        shuffle_buffer: records that are shuffled together.
        labels: labels to give beside L, as their numbers from 1, and 0 for any other; None: none.
        worker: (index, count): the share of one of several machines, `batch_size` photos of it a
            batch. By shards, and with "drop" as many batches for each; with "mask" by photos.
    """

    path: str | Path
    split: str
    batch_size: int
    size: int | None = None
    shuffle: bool | None = None
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    remainder: str | None = None
    seed: int = 0
    epochs: range = range(1)
    first_step: int = 0
    shuffle_buffer: int = 2048
    worker: tuple[int, int] = (0, 1)
    labels: tuple[str, ...] | None = None

    def is_shuffled(self) -> bool:
        """Whether each epoch has an order of its own."""
        return self.split == "train" if self.shuffle is None else self.shuffle

    def remainder_kind(self) -> str:
        """One of `REMAINDERS`."""
        return self.remainder or ("drop" if self.split == "train" else "keep")

    def check(self) -> dict[str, Any]:
        """The manifest of the record set, which is known to hold what is wanted.

        Raises:
            ColorizerError: if there is no finished record set, its version or size does not fit,
                the split is empty or a shard is missing or of another length; the message names
                the command that repairs it.
        """
        kind = self.remainder_kind()
        if kind not in REMAINDERS:
            raise UsageError(f"remainder: received {kind!r}, expected {' or '.join(REMAINDERS)}")
        manifest = load_manifest(Path(self.path))
        own = int(manifest["size"])
        if self.size is not None and not 8 <= self.size <= own:
            raise ColorizerError(
                f"{self.path}: size {self.size} was asked for, and these records are {own} px; "
                f"expected 8 to {own}: lower --size, or build-records again with --size {self.size}"
            )
        shard_files(self.path, self.split)
        count_batches(self)
        return manifest


def count_batches(request: BatchRequest) -> int:
    """Batches an epoch of `load_records`.

    Raises:
        ColorizerError: if there are no records, or no shard for each worker.
    """
    split = _shards_of(request.path, request.split)
    labels = load_manifest(Path(request.path))["labels"].get(request.split, {})
    share = request.sampling.share(labels)
    shards = [share * shard["records"] for shard in split]
    index, workers = request.worker
    if request.remainder_kind() == "mask":
        return math.ceil(sum(shards) / (workers * request.batch_size))
    if len(shards) < workers:
        raise ColorizerError(
            f"{request.path}: {len(shards)} shards of split {request.split!r} are less than one "
            f"for each of {workers} workers: build the records with a smaller --shard-size, or "
            f"use fewer"
        )
    shares = [sum(shards[first::workers]) for first in range(workers)]
    if request.remainder_kind() == "drop":
        return int(min(shares)) // request.batch_size
    return math.ceil(shares[index] / request.batch_size)


def count_records(path: str | Path, split: str) -> int:
    """Number of records in a split."""
    shards = load_manifest(Path(path))["shards"]
    return sum(shard["records"] for shard in shards if shard["split"] == split)


def shard_files(path: str | Path, split: str) -> list[str]:
    """The shards of a split, in the manifest's order.

    Raises:
        ColorizerError: if the split is empty, or a shard is missing or of another length than it
            was written with.
    """
    shards = _shards_of(path, split)
    missing = [shard["name"] for shard in shards if not Path(path, shard["name"]).is_file()]
    if missing:
        raise ColorizerError(
            f"{path}: shards named in manifest.json are missing: {', '.join(missing)}; "
            f"run the same colorizer-tf build-records again to restore them"
        )
    for shard in shards:
        length = Path(path, shard["name"]).stat().st_size
        if length != shard["bytes"]:
            raise ColorizerError(
                f"{path}: {shard['name']} is damaged: {length} bytes, and manifest.json says "
                f"{shard['bytes']}; run the same colorizer-tf build-records again to restore it"
            )
    return [str(Path(path, shard["name"])) for shard in shards]


def _shards_of(path: str | Path, split: str) -> list[dict[str, Any]]:
    shards = load_manifest(Path(path))["shards"]
    found = [shard for shard in shards if shard["split"] == split]
    if not found:
        splits = ", ".join(sorted({shard["split"] for shard in shards})) or "none"
        raise ColorizerError(
            f"{path}: no records in split {split!r} (found: {splits}); build it with more photos "
            f"or another share: colorizer-tf build-records ... --valid-fraction 0.05"
        )
    return found
