"""`verify_records` finds each kind of damage and names the file."""

import json
import shutil

import pytest
import tensorflow as tf

from colorizer_tf import verify_records
from colorizer_tf.base.errors import ColorizerError
from tests.records.tfrecord_reader import read_frames


@pytest.fixture
def damaged(record_set, tmp_path):
    return shutil.copytree(record_set, tmp_path / "set")


def shard_of(folder):
    return folder / "train-00001.tfrecord"


def change_manifest(folder, **changes):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def test_a_sound_set_has_no_problems(record_set):
    assert verify_records(record_set) == []
    assert verify_records(str(record_set)) == []


@pytest.mark.parametrize("place", [3, 9, 500, 3600, -2])
def test_a_flipped_byte(damaged, place):
    data = bytearray(shard_of(damaged).read_bytes())
    data[place] ^= 1
    shard_of(damaged).write_bytes(data)
    (problem,) = verify_records(damaged)
    assert problem.startswith("train-00001.tfrecord: record ")
    assert "damaged" in problem


def test_a_shard_cut_short(damaged):
    shard_of(damaged).write_bytes(shard_of(damaged).read_bytes()[:-100])
    assert "damaged" in verify_records(damaged)[0]


def test_a_missing_shard_and_one_too_many(damaged):
    shard_of(damaged).rename(damaged / "train-00077.tfrecord")
    assert verify_records(damaged) == [
        "train-00001.tfrecord: missing",
        "train-00077.tfrecord: not in the manifest",
    ]


def test_shards_exchanged(damaged):
    other = damaged / "train-00000.tfrecord"
    data = other.read_bytes()
    other.write_bytes(shard_of(damaged).read_bytes())
    shard_of(damaged).write_bytes(data)
    assert any("checksum" in problem or "records" in problem for problem in verify_records(damaged))


def rewrite(path, change):
    frames = list(read_frames(path))
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, frame in enumerate(frames):
            example = tf.train.Example.FromString(frame)
            writer.write(change(number, example))


def test_a_record_of_another_shape(damaged):
    def change(number, example):
        if number == 2:
            example.features.feature["height"].int64_list.value[0] = 31
        return example.SerializeToString()

    rewrite(shard_of(damaged), change)
    assert "record 2 is 32x31" in verify_records(damaged)[0]


@pytest.mark.parametrize("bad", [b"no protobuf at all", b""])
def test_records_of_something_else(damaged, bad):
    rewrite(shard_of(damaged), lambda *_: bad)
    assert "train-00001.tfrecord: record 0 is" in verify_records(damaged)[0]


def test_a_photo_twice(damaged):
    data = (damaged / "valid-00000.tfrecord").read_bytes()
    shard_of(damaged).write_bytes(data)
    assert any("is the same photo as" in problem for problem in verify_records(damaged))


def test_wrong_counts(damaged):
    change_manifest(damaged, records={"train": 1, "valid": 2})
    problems = verify_records(damaged)
    assert any(problem.startswith("split train: ") for problem in problems)
    assert any("the manifest says 2" in problem for problem in problems)


def test_wrong_labels(damaged):
    change_manifest(damaged, labels={"train": {}, "valid": {}})
    assert any("labels" in problem for problem in verify_records(damaged))


def test_no_set_is_an_error(tmp_path):
    with pytest.raises(ColorizerError, match="build-records"):
        verify_records(tmp_path)
