"""Record sets: what is in them, that they are always the same bytes, and what is refused."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.color

from colorizer_tf import RecordOptions, build_records, verify_records
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.records.shards import automatic_shard_size
from tests.drawing import draw_photo, write_photos
from tests.records.building import OPTIONS, build, files_of
from tests.records.packing import tarred, zipped
from tests.records.tfrecord_reader import crc32c, read_records


def test_records_hold_the_photos(photos, built):
    records = read_records(built)
    assert len(records) == 96
    for record in records:
        path = photos / record["source"].decode()
        assert record["sha256"].decode() == hashlib.sha256(path.read_bytes()).hexdigest()
        assert record["label"].decode() == path.parent.name
        assert (record["height"], record["width"]) == (32, 32)
        rgb = cv2.imread(str(path))[..., ::-1]
        middle = np.ascontiguousarray(rgb[:, 8:56])
        small = cv2.resize(middle, (32, 32), interpolation=cv2.INTER_AREA)
        expected = skimage.color.rgb2lab(small) * [2.55, 1, 1] + [0, 128, 128]
        lab = np.frombuffer(record["lab"], np.uint8).reshape(32, 32, 3)
        assert np.abs(lab - expected).max() <= 0.51


def test_manifest_says_what_there_is(built):
    manifest = json.loads((built / "manifest.json").read_text())
    for shard in manifest["shards"]:
        data = (built / shard["name"]).read_bytes()
        assert shard["bytes"] == len(data)
        assert shard["crc32c"] == crc32c(data)
        assert shard["records"] <= OPTIONS.shard_size
    splits = {split: read_records(built, split) for split in ("train", "valid")}
    assert manifest["records"] == {split: len(records) for split, records in splits.items()}
    for split, records in splits.items():
        labels = [record["label"].decode() for record in records]
        assert manifest["labels"][split] == {
            name: labels.count(name) for name in sorted(set(labels))
        }
    assert set(files_of(built)) == {"manifest.json"} | {s["name"] for s in manifest["shards"]}
    assert str(built.parent) not in (built / "manifest.json").read_text()


def test_color_statistics_are_those_of_the_pictures(built):
    color = json.loads((built / "manifest.json").read_text())["color"]
    codes = np.frombuffer(b"".join(r["lab"] for r in read_records(built)), np.uint8)
    lab = (codes.reshape(-1, 3) - [0, 128, 128]) * [100 / 255, 1, 1]
    np.testing.assert_allclose(color["mean"], lab.mean(axis=0), atol=0.001)
    np.testing.assert_allclose(color["std"], lab.std(axis=0), atol=0.001)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    np.testing.assert_allclose(color["chroma"], chroma.mean(), atol=0.01)
    histogram, _, _ = np.histogram2d(lab[:, 1], lab[:, 2], bins=16, range=[(-128, 128)] * 2)
    assert (np.array(color["ab_histogram"]) == histogram).all()


def test_shards_are_a_fair_mix(built):
    for path in built.glob("train-*"):
        assert len({record["label"] for record in read_records(path.parent, path.name[:11])}) <= 2
    order = [record["source"] for record in read_records(built, "train")]
    assert order != sorted(order)


def test_two_workers_give_the_same_bytes_as_one(photos, built, tmp_path):
    build(photos, tmp_path / "set", workers=2)
    assert files_of(tmp_path / "set") == files_of(built)


@pytest.mark.parametrize("kind", ["photos.zip", "photos.tar", "photos.tar.gz"])
def test_archives_give_the_folder_s_records(photos, built, tmp_path, kind):
    pack = zipped if kind.endswith("zip") else tarred
    mode = {"mode": "w:gz"} if kind.endswith("gz") else {}
    build(pack(photos, tmp_path / kind, **mode), tmp_path / "set")
    for split in ("train", "valid"):
        ours, theirs = (
            sorted(read_records(folder, split), key=lambda record: record["sha256"])
            for folder in (tmp_path / "set", built)
        )
        assert ours == theirs
    assert not verify_records(tmp_path / "set")


@pytest.mark.slow
def test_compressed_tars_keep_their_order_whatever_the_workers(photos, tmp_path):
    archive = tarred(photos, tmp_path / "photos.tar.gz", "w:gz")
    for workers in (1, 2):
        build([archive, photos / "meadow"], tmp_path / f"set{workers}", workers=workers)
    assert files_of(tmp_path / "set1") == files_of(tmp_path / "set2")
    order = [record["source"] for record in read_records(tmp_path / "set1", "train")]
    assert order == sorted(order)


def test_changed_photos_give_the_set_of_a_fresh_build(few, tmp_path):
    build(few, tmp_path / "set")
    next(few.rglob("*.png")).unlink()
    write_photos(few / "more", 3, seed=7)
    build(few, tmp_path / "set")
    build(few, tmp_path / "fresh")
    assert files_of(tmp_path / "set") == files_of(tmp_path / "fresh")


def test_no_photo_changes_side_when_the_set_grows(photos, built, tmp_path):
    write_photos(tmp_path / "more", 40, seed=7)
    build([photos, tmp_path / "more"], tmp_path / "set")
    for split in ("train", "valid"):
        before = {record["sha256"] for record in read_records(built, split)}
        after = {record["sha256"] for record in read_records(tmp_path / "set", split)}
        assert before < after


def test_the_share_held_out_is_about_the_one_asked_for(built):
    manifest = json.loads((built / "manifest.json").read_text())
    # 96 photos at 0.25: four standard deviations are 17.
    assert abs(manifest["records"]["valid"] - 24) < 17


@pytest.mark.parametrize(("fraction", "empty"), [(0.0, "valid"), (1.0, "train")])
def test_all_on_one_side(few, tmp_path, fraction, empty):
    build(few, tmp_path / "set", RecordOptions(size=16, valid_fraction=fraction))
    assert not read_records(tmp_path / "set", empty)
    assert len(read_records(tmp_path / "set")) == 8


@pytest.fixture
def troubled(few, rng):
    """Photos among files of every bad kind."""
    photo = (few / "field" / "photo-001.png").read_bytes()
    (few / "empty.jpg").touch()
    (few / "cut.png").write_bytes(photo[: len(photo) // 2])
    (few / "text.jpg").write_text("hello")
    (few / "notes.txt").write_text("hello")
    (few / "twin.png").write_bytes(photo)
    cv2.imwrite(str(few / "gray.png"), draw_photo(rng)[..., 0])
    cv2.imwrite(str(few / "tiny.png"), draw_photo(rng, 20, 64))
    return few


def test_bad_files_are_skipped_counted_and_named(troubled, tmp_path):
    manifest = build(troubled, tmp_path / "set")
    assert sum(manifest["records"].values()) == 8
    assert {skip["source"]: skip["reason"] for skip in manifest["skipped"]} == {
        "few/empty.jpg": "empty file",
        "few/cut.png": "truncated picture",
        "few/text.jpg": "not a picture in a known format",
        "few/notes.txt": "not an image by its name",
        "few/gray.png": "gray or sepia",
        "few/tiny.png": "smaller than 32 px",
        # Of two the first found stays, and a folder's files come before its folders.
        "few/field/photo-001.png": "exact duplicate",
    }
    (twin,) = [skip for skip in manifest["skipped"] if "like" in skip]
    assert twin["like"] == "few/twin.png"
    assert manifest["skip_counts"] == dict.fromkeys(manifest["skip_counts"], 1)
    assert len(manifest["skip_counts"]) == 7


def test_strict_names_every_skip_and_publishes_nothing(troubled, tmp_path):
    with pytest.raises(ColorizerError, match="--strict") as caught:
        build(troubled, tmp_path / "set", strict=True)
    assert "few/notes.txt: not an image by its name" in str(caught.value)
    for name in ("notes.txt", "twin.png", "empty.jpg", "cut.png", "text.jpg", "tiny.png"):
        (troubled / name).unlink()
    with pytest.raises(ColorizerError, match=r"few/gray.png: gray or sepia"):
        build(troubled, tmp_path / "set", strict=True)
    assert not (tmp_path / "set" / "manifest.json").exists()
    (troubled / "gray.png").unlink()
    build(troubled, tmp_path / "set", strict=True)


def test_nothing_usable_is_an_error(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    with pytest.raises(ColorizerError, match="no usable photo"):
        build(folder, tmp_path / "out")
    (folder / "bad.jpg").write_text("hello")
    with pytest.raises(ColorizerError, match=r"set/bad.jpg: not a picture"):
        build(folder, tmp_path / "out")


def test_near_duplicates_are_dropped_when_asked(few, tmp_path):
    original = next(few.rglob("*.png"))
    cv2.imwrite(str(few / "again.jpg"), cv2.imread(str(original)), [cv2.IMWRITE_JPEG_QUALITY, 90])
    kept = build(few, tmp_path / "all")
    assert sum(kept["records"].values()) == 9
    options = RecordOptions(size=32, near_duplicates=True)
    dropped = build(few, tmp_path / "fewer", options)
    assert dropped["skip_counts"]["near duplicate"] >= 1
    assert any("again.jpg" in str(skip.values()) for skip in dropped["skipped"])


def test_limit_takes_the_first_found(few, tmp_path):
    build(few, tmp_path / "set", RecordOptions(size=32, limit=3))
    names = {record["source"].decode() for record in read_records(tmp_path / "set")}
    assert names == {f"field/photo-00{n}.png" for n in (1, 3, 5)}


def test_a_photo_that_changes_between_the_passes_is_skipped(few, tmp_path, monkeypatch):
    from colorizer_tf.records import build as module

    victim = next(few.rglob("*.png"))
    plan = module.plan_shards

    def change_and_plan(*arguments):
        victim.write_bytes(victim.read_bytes() + b"more")
        return plan(*arguments)

    monkeypatch.setattr(module, "plan_shards", change_and_plan)
    manifest = build(few, tmp_path / "set")
    assert manifest["skip_counts"] == {"changed while the records were built": 1}


def test_a_full_disk_is_an_error_that_says_so(few, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ColorizerError, match="No space left"):
        build(few, tmp_path / "set")
    monkeypatch.undo()
    build(few, tmp_path / "set")
    assert not verify_records(tmp_path / "set")


def test_wrong_arguments(few, tmp_path):
    for sources, arguments in (([], {}), ([few], {"workers": 0})):
        with pytest.raises(UsageError):
            build_records(sources, tmp_path / "set", progress=False, **arguments)


def test_tensorflow_is_not_loaded(few, tmp_path):
    code = (
        "import sys, colorizer_tf as c; c.build_records([sys.argv[1]], 'set', progress=False); "
        "assert not c.verify_records('set'); assert 'tensorflow' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, few], check=True, cwd=tmp_path, env=environment)


def test_moved_sources_give_the_same_bytes(few, tmp_path):
    build(few, tmp_path / "one")
    (tmp_path / "elsewhere").mkdir()
    moved = shutil.move(few, tmp_path / "elsewhere" / "few")
    build(Path(moved), tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


@pytest.mark.parametrize(
    ("photos", "size", "most"),
    [
        (1, 128, 1024),
        (16 * 2**20, 128, 1024),
        (32 * 2**20, 128, 2048),
        (100_000_000, 128, 4096),
        (20_000, 256, 256),
        (20_000, 64, 4096),
    ],
)
def test_shards_are_of_48_mib_and_grow_only_where_they_would_be_too_many(photos, size, most):
    assert automatic_shard_size(photos, size) == most
    assert 48 * 2**20 <= most * size * size * 3 <= 192 * 2**20


def test_shard_size_0_is_the_automatic_one(photos, tmp_path):
    own = build(photos, tmp_path / "own", RecordOptions(size=32))
    most = automatic_shard_size(96, 32)
    asked = build(photos, tmp_path / "asked", RecordOptions(size=32, shard_size=most))
    assert own["options"]["shard_size"] == 0
    assert own["shards"] == asked["shards"]
