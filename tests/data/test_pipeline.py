"""Batches from records: ranges, order, replay, masks, shares, errors."""

import dataclasses
import json
from collections import Counter

import cv2
import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colorizer_tf import ColorizerError, color, load_records
from colorizer_tf.base.errors import UsageError
from colorizer_tf.data.request import Augmentation, BatchRequest, count_records, shard_files
from colorizer_tf.data.sampling import Sampling
from tests.drawing import draw_photo

EVERYTHING = Augmentation(flip=True, crop_scale=0.6, jitter=0.3)


def lightness_of(dataset):
    return np.concatenate([batch[0].numpy() for batch in dataset])


def as_set(pictures):
    return {picture.tobytes() for picture in pictures}


def test_batches_are_scaled_l_and_ab(record_set):
    lightness, ab = next(iter(load_records(BatchRequest(record_set, "valid", 4))))
    assert (lightness.shape, ab.shape) == ((4, 32, 32, 1), (4, 32, 32, 2))
    assert lightness.dtype == ab.dtype == tf.float32
    assert -1 <= lightness.numpy().min() < lightness.numpy().max() <= 1
    rgb = skimage.color.lab2rgb(
        np.concatenate([color.unscale_lightness(lightness), color.unscale_ab(ab)], -1)
    )
    top, bottom = rgb[:, :4].mean((0, 1, 2)), rgb[:, -4:].mean((0, 1, 2))
    assert top.argmax() == 2, "the drawn skies are blue"
    assert bottom.argmax() == 1, "and the meadows green"


def test_an_unshuffled_split_is_what_its_records_hold(record_set):
    (shard,) = [f for f in shard_files(record_set, "valid") if f.endswith("00000.tfrecord")]
    example = tf.train.Example.FromString(next(iter(tf.data.TFRecordDataset(shard))).numpy())
    stored = np.frombuffer(example.features.feature["lab"].bytes_list.value[0], "uint8")
    lightness, ab = next(iter(load_records(BatchRequest(record_set, "valid", 1))))
    stored = stored.reshape(32, 32, 3).astype(int)
    np.testing.assert_allclose((lightness[0] + 1) * 127.5, stored[..., :1], atol=1e-3)
    np.testing.assert_allclose(ab[0] * 128, stored[..., 1:] - 128, atol=1e-3)


def test_an_epoch_holds_every_picture_once(record_set):
    plain = lightness_of(
        load_records(BatchRequest(record_set, "train", 5, shuffle=False, remainder="keep"))
    )
    mixed = lightness_of(
        load_records(BatchRequest(record_set, "train", 5, remainder="keep", shuffle_buffer=8))
    )
    assert len(plain) == len(mixed) == count_records(record_set, "train")
    assert as_set(plain) == as_set(mixed)
    assert not np.array_equal(plain, mixed)


def test_epochs_differ_and_each_can_be_replayed(record_set):
    def load(epochs, first_step=0):
        # What else a program does with TensorFlow's global seed must not show.
        tf.random.set_seed(len(epochs))
        return lightness_of(
            load_records(
                BatchRequest(
                    record_set,
                    "train",
                    4,
                    augmentation=EVERYTHING,
                    epochs=epochs,
                    first_step=first_step,
                    shuffle_buffer=16,
                )
            )
        )

    both, second = load(range(2)), load(range(1, 2))
    half = len(both) // 2
    np.testing.assert_array_equal(both[half:], second)
    assert not np.array_equal(both[:half], second)
    np.testing.assert_array_equal(load(range(2), first_step=2), both[8:])


def test_the_seed_sets_the_order(record_set):
    orders = [
        lightness_of(load_records(BatchRequest(record_set, "train", 4, seed=s))) for s in (0, 0, 1)
    ]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


def test_augmentation_keeps_ranges_and_colors_of_its_pixels(record_set):
    dataset = load_records(BatchRequest(record_set, "train", 8, augmentation=EVERYTHING))
    for lightness, ab in dataset:
        assert lightness.shape[1:] == (32, 32, 1)
        assert np.abs(lightness).max() <= 1
        assert np.abs(ab).max() <= 1
    means = [
        np.mean(
            [
                b[1].numpy().mean((0, 1, 2))
                for b in load_records(BatchRequest(record_set, "train", 8, augmentation=a))
            ],
            0,
        )
        for a in (Augmentation(), EVERYTHING)
    ]
    np.testing.assert_allclose(*means, atol=0.05)


@pytest.mark.parametrize("change", [Augmentation(flip=True), Augmentation(crop_scale=0.5)])
def test_lightness_and_color_change_together(record_set, change):
    # In the drawings blue lies above green: b grows downward with either kept or cut window.
    for lightness, ab in load_records(BatchRequest(record_set, "train", 8, augmentation=change)):
        edges_l = np.abs(np.diff(lightness.numpy()[..., 0], axis=2)) > 0.25
        edges_ab = np.abs(np.diff(ab.numpy(), axis=2)).max(-1) > 0.02
        assert (edges_ab[edges_l]).mean() > 0.6


def test_flip_mirrors_half_of_a_batch(record_set):
    plain, mirrored = (
        lightness_of(
            load_records(
                BatchRequest(
                    record_set, "train", 8, augmentation=Augmentation(flip=f), shuffle=False
                )
            )
        )
        for f in (False, True)
    )
    same = [np.array_equal(a, b) for a, b in zip(plain, mirrored, strict=True)]
    flipped = [np.array_equal(a[:, ::-1], b) for a, b in zip(plain, mirrored, strict=True)]
    assert sum(same) == sum(flipped) == len(plain) // 2


def test_smaller_sizes_are_area_means(record_set):
    full, small = (
        lightness_of(load_records(BatchRequest(record_set, "valid", 4, size=s))) for s in (32, 16)
    )
    means = full.reshape(len(full), 16, 2, 16, 2, 1).mean((2, 4))
    np.testing.assert_allclose(small, means, atol=1e-5)
    augmented = load_records(BatchRequest(record_set, "train", 4, size=16, augmentation=EVERYTHING))
    assert next(iter(augmented))[0].shape == (4, 16, 16, 1)


def test_a_masked_last_batch_counts_its_own_pictures_only(record_set):
    count = count_records(record_set, "valid")
    batch = count - 1
    *_, (lightness, ab, weight) = load_records(
        BatchRequest(record_set, "valid", batch, remainder="mask")
    )
    assert lightness.shape[0] == ab.shape[0] == batch
    assert weight.numpy().tolist() == [1.0] + [0.0] * (batch - 1)


def test_workers_share_the_shards(record_set):
    shares = [
        lightness_of(
            load_records(
                BatchRequest(record_set, "train", 1, worker=(i, 2), shuffle=False, remainder="keep")
            )
        )
        for i in range(2)
    ]
    whole = lightness_of(load_records(BatchRequest(record_set, "train", 1, shuffle=False)))
    assert as_set(shares[0]).isdisjoint(as_set(shares[1]))
    assert as_set(shares[0]) | as_set(shares[1]) == as_set(whole)
    with pytest.raises(ColorizerError, match="shard-size"):
        load_records(BatchRequest(record_set, "train", 1, worker=(99, 100)))


def test_workers_take_as_many_steps(record_set):
    flows = [
        load_records(BatchRequest(record_set, "train", 3, worker=(i, 3), epochs=range(2)))
        for i in range(3)
    ]
    counts = [sum(1 for _ in flow) for flow in flows]
    assert counts == [len(flow) for flow in flows] == [counts[0]] * 3
    changed = Augmentation(jitter=0.5)
    first, second = (
        next(
            iter(
                load_records(
                    BatchRequest(record_set, "train", 4, augmentation=changed, worker=(i, 2))
                )
            )
        )
        for i in range(2)
    )
    assert not np.allclose(first[0].numpy().max((1, 2, 3)), second[0].numpy().max((1, 2, 3)))


@pytest.mark.parametrize(("workers", "batch"), [(2, 4), (3, 3), (5, 2)])
def test_workers_share_held_out_photos_each_once(record_set, workers, batch):
    found, lengths = [], set()
    for i in range(workers):
        flow = list(
            load_records(
                BatchRequest(record_set, "valid", batch, worker=(i, workers), remainder="mask")
            )
        )
        lengths.add(len(flow))
        found += [x for x, _, weight in flow for x in x.numpy()[weight.numpy() > 0]]
    whole = lightness_of(load_records(BatchRequest(record_set, "valid", 1)))
    assert len(lengths) == 1
    assert len(found) == len(whole)
    assert as_set(found) == as_set(whole)


def labeled(folder, counts):
    """A record set of drawn photos, so many in each folder."""
    from colorizer_tf import RecordOptions, build_records

    rng = np.random.default_rng(0)
    for label, count in counts.items():
        (folder / "photos" / label).mkdir(parents=True)
        for index in range(count):
            path = folder / "photos" / label / f"{index}.png"
            cv2.imwrite(str(path), draw_photo(rng, 16, 16))
    options = RecordOptions(size=8, min_side=8, min_chroma=0, valid_fraction=0.0, shard_size=16)
    build_records([folder / "photos"], folder / "set", options, workers=1, progress=False)
    return folder / "set"


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    return labeled(tmp_path_factory.mktemp("uneven"), {"many": 120, "some": 20, "few": 10})


def labels_of(path, sampling, **arguments):
    """How often each folder's photos are drawn: told apart by their own lightness."""
    known = {}
    for shard in shard_files(path, "train"):
        for record in tf.data.TFRecordDataset(shard):
            features = tf.train.Example.FromString(record.numpy()).features.feature
            lab = np.frombuffer(features["lab"].bytes_list.value[0], "uint8")
            known[lab.reshape(8, 8, 3)[..., 0].tobytes()] = features["label"].bytes_list.value[0]
    # A buffer is filled anew each epoch: one of thousands holds these photos many times.
    request = BatchRequest(path, "train", 5, sampling=sampling, shuffle_buffer=32, **arguments)
    drawn = lightness_of(load_records(request))
    bytes_of = np.rint((drawn[..., 0] + 1) * 127.5).astype("uint8")
    return Counter(known[picture.tobytes()].decode() for picture in bytes_of)


def test_balance_draws_large_folders_less(uneven):
    plain = labels_of(uneven, Sampling())
    assert plain == {"many": 120, "some": 20, "few": 10}
    even = labels_of(uneven, Sampling(balance=1.0), epochs=range(8))
    # The median folder holds 20: so 20, 20 and 10 an epoch, for 8 epochs.
    assert even["many"] == pytest.approx(160, rel=0.25)
    assert even["some"] == pytest.approx(160, rel=0.15)
    assert even["few"] == pytest.approx(80, rel=0.15)
    between = labels_of(uneven, Sampling(balance=0.5), epochs=range(8))
    assert between["many"] == pytest.approx(8 * 120 * (20 / 120) ** 0.5, rel=0.2)


def test_balanced_epochs_draw_anew_and_can_be_replayed(uneven):
    def load(epochs, first_step=0):
        return lightness_of(
            load_records(
                BatchRequest(
                    uneven,
                    "train",
                    5,
                    sampling=Sampling(balance=1.0),
                    epochs=epochs,
                    first_step=first_step,
                    shuffle_buffer=32,
                )
            )
        )

    both, second = load(range(2)), load(range(1, 2))
    assert as_set(both[:50]) != as_set(second)
    np.testing.assert_array_equal(both[50:], second)
    np.testing.assert_array_equal(load(range(2), first_step=3), both[15:])


def test_left_out_folders_are_never_drawn(uneven):
    found = labels_of(uneven, Sampling(left_out=("many",)), epochs=range(3))
    assert set(found) == {"some", "few"}
    assert sum(found.values()) == 90
    with pytest.raises(UsageError, match=r"left_out: received none, expected .*few, many, some"):
        load_records(BatchRequest(uneven, "train", 5, sampling=Sampling(left_out=("none",))))
    with pytest.raises(UsageError, match="all folders"):
        load_records(
            BatchRequest(uneven, "train", 5, sampling=Sampling(left_out=("many", "some", "few")))
        )


def test_age_changes_its_share_of_the_pictures_as_old_prints_look(record_set):
    def load(age):
        return lightness_of(
            load_records(
                BatchRequest(
                    record_set,
                    "train",
                    16,
                    augmentation=Augmentation(age=age),
                    shuffle=False,
                    epochs=range(20),
                )
            )
        )

    new, aged = load(0.0), load(0.5)
    same = np.array([np.array_equal(a, b) for a, b in zip(new, aged, strict=True)])
    assert same.mean() == pytest.approx(0.5, abs=0.1)
    old, before = aged[~same], new[~same]
    assert np.abs(old).max() <= 1

    # Faded: its extremes lie closer together, once the grain is smoothed away.
    def smooth(pictures):
        return pictures.reshape(len(pictures), 4, 8, 4, 8).mean((2, 4))

    ranges = [np.ptp(smooth(p), axis=(1, 2)) for p in (old, before)]
    slopes = ranges[0] / ranges[1]
    assert 0.65 < slopes.min() < np.median(slopes) < 0.95
    # Grainy: the noise of neighbors differs more than in the picture itself.
    grain = [np.abs(np.diff(p, 2, axis=2)).mean() for p in (old, before)]
    assert grain[0] > 1.1 * grain[1]


def test_length_is_known(record_set):
    dataset = load_records(BatchRequest(record_set, "train", 4, epochs=range(3), first_step=1))
    assert len(dataset) == sum(1 for _ in dataset)


def test_missing_records_name_the_command_that_makes_them(tmp_path):
    with pytest.raises(ColorizerError, match="build-records"):
        load_records(BatchRequest(tmp_path / "nothing", "train", 4))
    (tmp_path / "foreign.tfrecord").write_bytes(b"foreign")
    with pytest.raises(ColorizerError, match="build-records"):
        load_records(BatchRequest(tmp_path, "train", 4))


def test_wrong_size_split_and_remainder_are_refused(record_set):
    with pytest.raises(ColorizerError, match="size 64 was asked for, and these records are 32"):
        load_records(BatchRequest(record_set, "train", 4, size=64))
    with pytest.raises(ColorizerError, match=r"'test'.*found: train, valid"):
        load_records(BatchRequest(record_set, "test", 4))
    with pytest.raises(ColorizerError, match="remainder"):
        load_records(BatchRequest(record_set, "train", 4, remainder="some"))


def copy_of(record_set, folder):
    for file in record_set.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return json.loads((folder / "manifest.json").read_text())


def test_another_version_is_refused(record_set, tmp_path):
    manifest = copy_of(record_set, tmp_path)
    key = next(k for k in manifest if "version" in k and isinstance(manifest[k], int))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {key: 99}))
    with pytest.raises(ColorizerError, match="99"):
        load_records(BatchRequest(tmp_path, "train", 4))


def test_a_missing_shard_is_named(record_set, tmp_path):
    copy_of(record_set, tmp_path)
    (tmp_path / "train-00001.tfrecord").unlink()
    with pytest.raises(ColorizerError, match=r"train-00001\.tfrecord"):
        load_records(BatchRequest(tmp_path, "train", 4))


def test_augmentation_has_no_other_fields():
    # Each is a key of the training config of the same name.
    from colorizer_tf import TrainConfig

    assert {f.name for f in dataclasses.fields(Augmentation)} <= {
        f.name for f in dataclasses.fields(TrainConfig)
    }
