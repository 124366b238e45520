"""`verify_records`: whether a record set is undamaged and holds what its manifest says."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.records.manifest import load_manifest
from colorizer_tf.records.reading import read_shard
from colorizer_tf.records.schema import SPLITS
from colorizer_tf.records.tfrecord import file_crc


def verify_records(path: str | Path) -> list[str]:
    """The problems of a record set, one line each; an empty list if there are none.

    Reads every record: its checksum and shape; then the shards' counts, sizes and hashes, files
    missing or too many, the manifest's counts, and photos that are in the set twice.

    Raises:
        ColorizerError: if there is no finished set.
    """
    path = Path(path)
    manifest = load_manifest(path)
    problems: list[str] = []
    labels: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    photos: dict[str, str] = {}
    for shard in manifest["shards"]:
        if (path / shard["name"]).is_file():
            problems += _verify_shard(path, shard, manifest["size"], labels[shard["split"]], photos)
        else:
            problems.append(f"{shard['name']}: missing")
    named = {shard["name"] for shard in manifest["shards"]}
    extra = sorted(file.name for file in path.glob("*.tfrecord") if file.name not in named)
    problems += [f"{name}: not in the manifest" for name in extra]
    if not problems:
        # Where shards are missing or damaged, these would only repeat it.
        problems += _verify_counts(manifest, labels)
    return problems


def _verify_shard(
    path: Path,
    shard: dict[str, Any],
    size: int,
    labels: Counter[str],
    photos: dict[str, str],
) -> list[str]:
    name, problems, count = shard["name"], [], 0
    try:
        for record in read_shard(path / name):
            if (record.height, record.width, len(record.lab)) != (size, size, size * size * 3):
                problems.append(
                    f"{name}: record {count} is {record.width}x{record.height} with "
                    f"{len(record.lab)} bytes, expected {size}x{size} with {size * size * 3}"
                )
            other = photos.setdefault(record.sha256, f"{name} record {count}")
            if other != f"{name} record {count}":
                problems.append(f"{name}: record {count} is the same photo as {other}")
            labels[record.label] += 1
            count += 1
    except ColorizerError as error:
        return [*problems, str(error)]
    if count != shard["records"]:
        problems.append(f"{name}: {count} records, the manifest says {shard['records']}")
    if not problems and not _is_the_manifest_s(path / name, shard):
        problems.append(f"{name}: sound records, but not those the manifest describes (checksum)")
    return problems


def _is_the_manifest_s(file: Path, shard: dict[str, Any]) -> bool:
    if "crc32c" in shard:
        return file_crc(file) == (shard["bytes"], shard["crc32c"])
    with file.open("rb") as opened:  # of an earlier version
        return hashlib.file_digest(opened, "sha256").hexdigest() == str(shard["sha256"])


def _verify_counts(manifest: dict[str, Any], labels: dict[str, Counter[str]]) -> list[str]:
    problems = []
    for split in SPLITS:
        count, said = labels[split].total(), manifest["records"].get(split)
        if count != said:
            problems.append(f"split {split}: {count} records, the manifest says {said}")
        if dict(labels[split]) != manifest["labels"].get(split):
            problems.append(f"split {split}: the manifest's counts of labels are others")
    if sum(manifest["skip_counts"].values()) != len(manifest["skipped"]):
        problems.append("manifest: the counts of skipped files are not those of its list")
    return problems
