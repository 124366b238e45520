"""Records to `tf.data`: batches of scaled L and scaled ab, in an order fixed by (seed, epoch)."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.data import augment
from colorizer_tf.data.request import Augmentation, BatchRequest, count_batches, shard_files
from colorizer_tf.data.sampling import draw


def load_records(request: BatchRequest) -> tf.data.Dataset:
    """Batches of a record set, ready for `fit`.

    Returns:
        A dataset of `(scaled L, scaled ab)`, float32 `(n, size, size, 1)` and `(n, size, size, 2)`;
        with the remainder "mask" also the pictures' weights `(n,)`. With labels there are pairs
        `(scaled L, label)` for scaled L, labels `(n,)` int32.

    Raises:
        ColorizerError: if the records do not fit the request, see `BatchRequest.check`.
    """
    manifest = request.check()
    masked = request.remainder_kind() == "mask"
    own_batches, epochs = count_batches(request), request.epochs
    by_shards, by_photos = ((0, 1), request.worker) if masked else (request.worker, (0, 1))
    files = shard_files(request.path, request.split)[by_shards[0] :: by_shards[1]]
    counts = manifest["labels"].get(request.split, {})

    def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
        epoch_seed = tf.stack([tf.constant(request.seed, tf.int64), epoch])
        records = _ordered(files, epoch_seed, request.is_shuffled())
        if not request.sampling.takes_all():
            # Chance may draw a few less than are counted on: then some of the next round's.
            records = draw(records.repeat(), request.sampling, counts, epoch_seed)
        if request.is_shuffled() and request.shuffle_buffer:
            records = _shuffled(records, epoch_seed, request.shuffle_buffer)
        records = records.shard(by_photos[1], by_photos[0])
        # Whole batches are parsed and changed at once: one call a batch instead of one a photo.
        drop = request.remainder_kind() == "drop"
        batches = records.batch(request.batch_size, drop_remainder=drop).enumerate()
        batches = batches.take(own_batches)
        # Resuming within an epoch costs reading only: nothing is decoded before this line.
        first_step = tf.constant(request.first_step, tf.int64)
        batches = batches.skip(tf.where(epoch == epochs.start, first_step, 0))
        return batches.map(lambda step, records: (tf.stack([epoch, step]), records))

    dataset = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(batches_of)
    own_size = manifest["size"]
    # Each machine draws changes of its own.
    seed = [request.seed, request.worker[0]]
    prepare = _preparer(own_size, request.size or own_size, request.augmentation, seed)
    if request.labels is not None:
        prepare = _with_label(prepare, request.labels)
    dataset = dataset.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    total = max(0, len(epochs) * own_batches - request.first_step)
    if masked:
        dataset = dataset.map(lambda given, ab: _filled(given, ab, request.batch_size))
        dataset = dataset.concatenate(_filling(dataset.element_spec)).take(total)
    # Keras reads it: without a known length it warns at the end of each validation.
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(total))
    # Last, so that all of the above runs while the step before it trains.
    return dataset.prefetch(tf.data.AUTOTUNE).with_options(_options())


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


def _with_label(prepare: Callable[..., Any], labels: tuple[str, ...]) -> Callable[..., Any]:
    numbers = tf.range(1, len(labels) + 1)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant(labels, tf.string), numbers), 0
    )

    def prepare_both(position: tf.Tensor, records: tf.Tensor) -> tuple[Any, tf.Tensor]:
        lightness, ab = prepare(position, records)
        spec = {"label": tf.io.FixedLenFeature([], tf.string)}
        return (lightness, table.lookup(tf.io.parse_example(records, spec)["label"])), ab

    return prepare_both


def _filled(given: Any, ab: Any, batch_size: int) -> tuple[Any, Any, Any]:
    """A batch with zeros in place of what it lacks, and a weight of each picture."""
    count = tf.shape(ab)[0]

    def fill(part: Any) -> Any:
        rows = [[0, batch_size - count], *[[0, 0]] * (part.shape.rank - 1)]
        return tf.ensure_shape(tf.pad(part, rows), [batch_size, *part.shape[1:]])

    weight = tf.cast(tf.range(batch_size) < count, tf.float32)
    return *tf.nest.map_structure(fill, (given, ab)), weight


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
