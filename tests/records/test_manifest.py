"""What is said when a folder holds no finished record set, or a foreign one."""

import json

import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.records.manifest import load_manifest


@pytest.fixture
def manifest(record_set):
    return json.loads((record_set / "manifest.json").read_text())


def test_loads_what_was_built(record_set, manifest):
    assert load_manifest(record_set) == manifest
    assert manifest["format_version"] == 1


def test_earlier_sets_have_the_british_key(tmp_path, manifest):
    earlier = {"colour" if key == "color" else key: value for key, value in manifest.items()}
    (tmp_path / "manifest.json").write_text(json.dumps(earlier))
    assert load_manifest(tmp_path) == manifest


def test_no_folder(tmp_path):
    with pytest.raises(ColorizerError, match=r"no record set at .*build-records PHOTOS"):
        load_manifest(tmp_path / "nowhere")


def test_unfinished(tmp_path):
    with pytest.raises(ColorizerError, match=r"build-records again: it goes on"):
        load_manifest(tmp_path)


def test_newer(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"format_version": 2}))
    with pytest.raises(ColorizerError, match="format version 2, expected 1: update colorizer-tf"):
        load_manifest(tmp_path)


def shard_named(name):
    return {"shards": [{"name": name, "split": "train", "records": 1, "bytes": 1, "crc32c": 1}]}


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": "1"},
        {"size": "128"},
        {"shards": None},
        {"shards": [1]},
        {"size": 0},
        {"records": {"train": -1, "valid": 0}},
        {"records": {"train": 10**400, "valid": 0}},
        {"labels": {"train": [], "valid": {}}},
        {"color": {"mean": [1, 2, None], "std": [1, 2, 3], "chroma": 1}},
        {"color": {"mean": [1, 2, float("nan")], "std": [1, 2, 3], "chroma": 1}},
        {"skipped": [{"source": "a"}]},
        {"skipped": [{"source": "a", "reason": "b", "more": "c"}]},
        {"shards": [{"name": "train-00000.tfrecord"}]},
        shard_named("../../train-00000.tfrecord"),
        shard_named("valid-00000.tfrecord"),
    ],
)
def test_foreign(tmp_path, manifest, change):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(ColorizerError, match="build-records"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000])
def test_not_json_of_ours(tmp_path, text):
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(ColorizerError, match="build-records"):
        load_manifest(tmp_path)


def test_what_is_given_instead_is_recognized(tmp_path):
    (tmp_path / "album" / "1950").mkdir(parents=True)
    (tmp_path / "album" / "1950" / "a.jpg").touch()
    (tmp_path / "photos.zip").touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").touch()
    told = {
        "album": r"holds photos, not records: .*build-records .*album",
        "photos.zip": r"is an archive, not records: .*build-records .*photos.zip",
        "run": r"is a run, not a record set",
        "model": r"is a model, not a record set",
        "https://example.org/set": r"is a URL, not a record set",
    }
    for name, message in told.items():
        with pytest.raises(ColorizerError, match=message):
            load_manifest(name if "://" in name else tmp_path / name)
