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
    return {"shards": [{"name": name, "split": "train", "records": 1, "bytes": 1, "sha256": ""}]}


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": "1"},
        {"size": "128"},
        {"shards": None},
        {"shards": [1]},
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
