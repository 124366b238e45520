"""Records to `tf.data`: batches of scaled L and scaled ab, in an order fixed by (seed, epoch)."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.data import augment
from colorizer_tf.data.sampling import Sampling, draw
from colorizer_tf.records.manifest import load_manifest

REMAINDERS = ("keep", "drop", "mask")


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """What happens to training pictures; the defaults change nothing."""

    flip: bool = False
    crop_scale: float = 1.0
    jitter: float = 0.0
    age: float = 0.0


def load_records(
    path: str | Path,
    split: str,
    batch_size: int,
    *,
    size: int | None = None,
    shuffle: bool | None = None,
    augmentation: Augmentation | None = None,
    sampling: Sampling | None = None,
    remainder: str | None = None,
    seed: int = 0,
    epochs: range = range(1),
    first_step: int = 0,
    shuffle_buffer: int = 2048,
    worker: tuple[int, int] = (0, 1),
) -> tf.data.Dataset:
    """Batches of a record set, ready for `fit`.

    Args:
        path: a folder that `build-records` made.
        split: "train" or "valid".
        batch_size: photos a batch.
        size: side of the pictures, at most the records' own (default: that).
        shuffle: a new order each epoch (default: for "train").
        augmentation: random changes (default: none).
        sampling: how often each folder's photos are drawn (default: all once an epoch).
        remainder: a last, smaller batch is kept, dropped, or filled up and masked: "mask" gives
            triples with a weight `(n,)`, 0 for filling. Default: "drop" for "train", else "keep".
        seed: with the epoch's number it fixes order and changes, so that any epoch can be replayed.
        epochs: the epochs to give, one after the other.
        first_step: batches of the first epoch to leave out, for going on within an epoch.
        shuffle_buffer: records that are shuffled together.
        worker: (index, count): the share of this one of several machines, `batch_size` photos of it
            a batch. By shards, and with "drop" as many batches for each; with "mask" by photos.

    Returns:
        A dataset of `(scaled L, scaled ab)`, float32 `(n, size, size, 1)` and `(n, size, size, 2)`.

    Raises:
        ColorizerError: if there is no finished record set, its version or size does not fit, or the
            split is empty; the message names the command that mends it.
    """
    manifest = load_manifest(Path(path))
    side = _checked_size(manifest, size, path)
    train = split == "train"
    shuffle = train if shuffle is None else shuffle
    remainder = remainder or ("drop" if train else "keep")
    if remainder not in REMAINDERS:
        raise UsageError(f"remainder: received {remainder!r}, expected {' or '.join(REMAINDERS)}")
    by_shards, by_photos = ((0, 1), worker) if remainder == "mask" else (worker, (0, 1))
    files = shard_files(path, split)[by_shards[0] :: by_shards[1]]
    own_batches = count_batches(path, split, batch_size, remainder, worker, sampling)
    counts = manifest["labels"].get(split, {})

    def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
        epoch_seed = tf.stack([tf.constant(seed, tf.int64), epoch])
        records = _ordered(files, epoch_seed, shuffle)
        if sampling and not sampling.takes_all():
            # Chance may draw a few less than are counted on: then some of the next round's.
            records = draw(records.repeat(), sampling, counts, epoch_seed)
        if shuffle and shuffle_buffer:
            records = _shuffled(records, epoch_seed, shuffle_buffer)
        records = records.shard(by_photos[1], by_photos[0])
        # Whole batches are parsed and changed at once: one call a batch instead of one a photo.
        batches = records.batch(batch_size, drop_remainder=remainder == "drop").enumerate()
        batches = batches.take(own_batches)
        # Going on within an epoch costs reading only: nothing is decoded before this line.
        batches = batches.skip(
            tf.where(epoch == epochs.start, tf.constant(first_step, tf.int64), 0)
        )
        return batches.map(lambda step, records: (tf.stack([epoch, step]), records))

    dataset = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(batches_of)
    # Each machine draws changes of its own.
    prepare = _preparer(manifest["size"], side, augmentation or Augmentation(), [seed, worker[0]])
    dataset = dataset.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    if remainder == "mask":
        dataset = dataset.map(lambda lightness, ab: _filled(lightness, ab, batch_size))
    total = max(0, len(epochs) * own_batches - first_step)
    if remainder == "mask":
        dataset = dataset.concatenate(_filling(dataset.element_spec)).take(total)
    # Keras reads it: without a known length it warns at the end of each validation.
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(total))
    # Last, so that all of the above runs while the step before it trains.
    return dataset.prefetch(tf.data.AUTOTUNE).with_options(_options())


def count_batches(
    path: str | Path,
    split: str,
    batch_size: int,
    remainder: str,
    worker: tuple[int, int] = (0, 1),
    sampling: Sampling | None = None,
) -> int:
    """Batches an epoch of `load_records` with the same arguments.

    Raises:
        ColorizerError: if there are no records, or no shard for each worker.
    """
    shard_files(path, split)
    manifest = load_manifest(Path(path))
    share = (sampling or Sampling()).share(manifest["labels"].get(split, {}))
    shards = [share * s["records"] for s in manifest["shards"] if s["split"] == split]
    index, workers = worker
    if remainder == "mask":
        return math.ceil(sum(shards) / (workers * batch_size))
    if len(shards) < workers:
        raise ColorizerError(
            f"{path}: {len(shards)} shards of split {split!r} are less than one for each of "
            f"{workers} workers: build the records with a smaller --shard-size, or use fewer"
        )
    shares = [sum(shards[first::workers]) for first in range(workers)]
    if remainder == "drop":
        return int(min(shares)) // batch_size
    return math.ceil(shares[index] / batch_size)


def count_records(path: str | Path, split: str) -> int:
    """Number of records in a split."""
    return sum(
        shard["records"] for shard in load_manifest(Path(path))["shards"] if shard["split"] == split
    )


def shard_files(path: str | Path, split: str) -> list[str]:
    """The shards of a split, in the manifest's order.

    Raises:
        ColorizerError: if the split is empty or a shard is missing.
    """
    shards = load_manifest(Path(path))["shards"]
    files = [Path(path, shard["name"]) for shard in shards if shard["split"] == split]
    if not files:
        splits = ", ".join(sorted({shard["split"] for shard in shards})) or "none"
        raise ColorizerError(
            f"{path}: no records in split {split!r} (found: {splits}); build it with more photos "
            f"or another share: colorizer-tf build-records ... --valid-fraction 0.05"
        )
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise ColorizerError(
            f"{path}: shards named in manifest.json are missing: {', '.join(missing)}; "
            f"run the same colorizer-tf build-records again to restore them"
        )
    return [str(file) for file in files]


def _checked_size(manifest: dict[str, Any], size: int | None, path: str | Path) -> int:
    own = int(manifest["size"])
    if size is not None and not 8 <= size <= own:
        raise ColorizerError(
            f"{path}: size {size} was asked for, and these records are {own} px; expected 8 to "
            f"{own}: lower --size, or build-records again with --size {size}"
        )
    return size or own


def _ordered(files: list[str], epoch_seed: Any, shuffle: bool) -> tf.data.Dataset:
    names = tf.constant(files)
    if shuffle:
        names = tf.random.experimental.stateless_shuffle(names, epoch_seed)
    # Shards come shuffled by content; reading many in turn mixes those of compressed tars too.
    return tf.data.Dataset.from_tensor_slices(names).interleave(
        lambda name: tf.data.TFRecordDataset(name, buffer_size=1 << 20),
        cycle_length=min(16, len(files)),
        block_length=4,
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )


def _shuffled(records: tf.data.Dataset, epoch_seed: Any, buffer: int) -> tf.data.Dataset:
    # A seed of the shuffle depends on the graph's seed too. This is the graph of the function that
    # we are in, not the program's: the order hangs on (seed, epoch) alone.
    tf.random.set_seed(1)
    own_seed = epoch_seed[0] + 1_000_003 * epoch_seed[1]
    return records.shuffle(buffer, own_seed, reshuffle_each_iteration=False)


def _preparer(own: int, side: int, change: Augmentation, seed: list[int]) -> Callable[..., Any]:
    def prepare(position: tf.Tensor, records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        fold = tf.random.experimental.stateless_fold_in
        step_seed = fold(fold(tf.constant(seed, tf.int64), position[0]), position[1])
        window_seed, mirror_seed, jitter_seed, age_seed = tf.unstack(tf.random.split(step_seed, 4))
        raw = tf.io.parse_example(records, {"lab": tf.io.FixedLenFeature([], tf.string)})["lab"]
        # As long as the pictures are bytes, a change costs a quarter of what it does on floats.
        if change.crop_scale < 1:
            lab8 = augment.random_windows(raw, own, window_seed, change.crop_scale)
        else:
            lab8 = tf.reshape(tf.io.decode_raw(raw, tf.uint8), [-1, own, own, 3])
        if change.flip:
            lab8 = augment.mirror_half(lab8, mirror_seed)
        centered = _resized(_centered(lab8), own, side, exact=change.crop_scale == 1)
        lightness = color.scale_lightness8(centered[..., :1])
        ab = _scaled_last_two(centered)
        if change.jitter:
            lightness = augment.jitter_lightness(lightness, jitter_seed, change.jitter)
        if change.age:
            lightness = augment.age_lightness(lightness, age_seed, change.age)
        return lightness, ab

    return prepare


def _resized(pictures: Any, own: int, side: int, *, exact: bool) -> Any:
    if exact:
        return pictures if side == own else tf.image.resize(pictures, [side, side], "area")
    # Bilinear samples alias when they shrink by up to 2 or more: then twice the size, and its mean.
    twice = 2 if own >= 2 * side else 1
    target = twice * side
    pictures = tf.cond(
        tf.shape(pictures)[1] == target,
        lambda: pictures,
        lambda: tf.image.resize(pictures, [target, target]),
    )
    pictures = tf.ensure_shape(pictures, [None, target, target, 3])
    return tf.nn.avg_pool2d(pictures, 2, 2, "VALID") if twice == 2 else pictures


def _centered(lab8: Any) -> Any:
    # 128 less, as floats. With its highest bit turned a byte read as signed is just that: it saves
    # a pass over floats, which are four times as long.
    return tf.cast(
        tf.bitcast(tf.bitwise.bitwise_xor(lab8, tf.constant(128, tf.uint8)), tf.int8), tf.float32
    )


def _scaled_last_two(centered: Any) -> Any:
    # color.scale_ab(centered[..., 1:]), but a slice of pairs takes 2.5 times as long as a product.
    pick = tf.constant([[[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]])
    return tf.nn.conv2d(centered, color.scale_ab(pick), 1, "VALID")


def _filled(lightness: Any, ab: Any, batch_size: int) -> tuple[Any, Any, Any]:
    count = tf.shape(lightness)[0]
    rows = tf.concat([[[0, batch_size - count]], tf.zeros([3, 2], tf.int32)], axis=0)
    weight = tf.cast(tf.range(batch_size) < count, tf.float32)
    size = lightness.shape[1]
    return (
        tf.ensure_shape(tf.pad(lightness, rows), [batch_size, size, size, 1]),
        tf.ensure_shape(tf.pad(ab, rows), [batch_size, size, size, 2]),
        weight,
    )


def _filling(spec: Any) -> tf.data.Dataset:
    """Masked batches without end: of two machines one may have a photo more than the other."""
    zeros = tf.nest.map_structure(lambda part: tf.zeros(part.shape, part.dtype), spec)
    return tf.data.Dataset.from_tensors(zeros).repeat()


def _options() -> tf.data.Options:
    options = tf.data.Options()
    # Shards are dealt out above, the same way under every strategy.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.deterministic = True
    return options
