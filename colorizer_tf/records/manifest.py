"""`manifest.json`: what a record set is and holds. Written last: a set without it is unfinished."""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.json_shapes import is_count, is_counts, is_number, matches, parse_json
from colorizer_tf.base.version import __version__
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.schema import FORMAT_VERSION, SHARD_NAME, SPLITS
from colorizer_tf.records.shards import ShardResult
from colorizer_tf.records.sources import Skip
from colorizer_tf.records.sources.kinds import kind_of
from colorizer_tf.records.statistics import ColorSums

MANIFEST = "manifest.json"
_MAX_BYTES = 512 * 2**20

_SHARD = {
    "name": lambda name: type(name) is str and SHARD_NAME.fullmatch(name) is not None,
    "split": lambda split: split in SPLITS,
    "records": is_count,
    "bytes": is_count,
}
# Sets of earlier versions have a `sha256` instead.
_HASHES = {"crc32c": is_count, "sha256": lambda digest: type(digest) is str}
_SKIP_KEYS = {"source", "reason", "like"}
_NUMBERS = (is_number, is_number, is_number)
_SHAPE = {
    "size": lambda size: is_count(size) and size > 0,
    "options": dict,
    "inputs": str,
    "records": dict.fromkeys(SPLITS, is_count),
    "labels": dict.fromkeys(SPLITS, is_counts),
    "shards": [_SHARD],
    "color": {"mean": _NUMBERS, "std": _NUMBERS, "chroma": is_number},
    "skip_counts": is_counts,
    "skipped": [{"source": str, "reason": str}],
}


def make_manifest(
    options: RecordOptions,
    sources: list[str],
    inputs: str,
    results: list[ShardResult],
    skips: list[Skip],
) -> dict[str, Any]:
    """The manifest of a finished set; the same for the same photos and options, always.

    Args:
        options: how it was built.
        sources: their base names.
        inputs: hash of all that was read.
        results: of every shard, in order.
        skips: of the first pass; those of the shards are added.
    """
    color = ColorSums()
    for result in results:
        color.merge(result.color)
    skips = sorted(
        skips + [skip for result in results for skip in result.skips],
        key=lambda skip: (skip.source, skip.reason, skip.like),
    )
    kept = [result for result in results if result.records]
    return {
        "format_version": FORMAT_VERSION,
        "made_by": f"colorizer-tf {__version__}",
        "size": options.size,
        "options": dataclasses.asdict(options),
        "sources": sources,
        "inputs": inputs,
        "records": {split: sum(r.records for r in _of(kept, split)) for split in SPLITS},
        "labels": {split: _labels(_of(kept, split)) for split in SPLITS},
        "color": color.summary(),
        "shards": [
            {
                "name": result.name,
                "split": result.name.partition("-")[0],
                "records": result.records,
                "bytes": result.bytes,
                "crc32c": result.crc32c,
            }
            for result in kept
        ],
        "skip_counts": dict(Counter(skip.reason for skip in skips).most_common()),
        "skipped": [_skip_as_dict(skip) for skip in skips],
    }


def _of(results: list[ShardResult], split: str) -> list[ShardResult]:
    return [result for result in results if result.name.startswith(f"{split}-")]


def _labels(results: list[ShardResult]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.labels)
    return dict(sorted(total.items()))


def _skip_as_dict(skip: Skip) -> dict[str, str]:
    return {name: value for name, value in dataclasses.asdict(skip).items() if value}


def manifest_text(manifest: dict[str, Any]) -> str:
    """The manifest as its file holds it: one line an entry."""
    lines = []
    for key, value in manifest.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            entries = ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in value)
            text = f"[\n  {entries}\n ]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a finished record set, checked to be whole and of this version.

    Args:
        path: the set's folder.

    Raises:
        ColorizerError: if there is no set, it is unfinished, foreign or of a newer version; the
            message names the command that mends it.
    """
    file = Path(path) / MANIFEST
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise ColorizerError(f"{file}: larger than any record set's manifest")
        manifest = parse_json(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ColorizerError(_advice(Path(path))) from None
    except OSError as error:
        raise ColorizerError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ColorizerError(f"{file} is damaged or foreign: {_rebuild(Path(path))}") from None
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    # Earlier sets have it in British spelling.
    if version is not None and "colour" in manifest:
        manifest["color"] = manifest.pop("colour")
    if type(version) is not int:
        raise ColorizerError(f"{file} is not a record set's: {_rebuild(Path(path))}")
    if version != FORMAT_VERSION:
        raise ColorizerError(
            f"{path}: records of format version {version}, expected {FORMAT_VERSION}: update "
            f"colorizer-tf, or {_rebuild(Path(path))}"
        )
    if not _is_whole(manifest):
        raise ColorizerError(f"{file} is damaged or foreign: {_rebuild(Path(path))}")
    return manifest


def _is_whole(manifest: dict[str, Any]) -> bool:
    # The names become paths: nothing but a shard's name may lead a reader anywhere.
    return (
        matches(manifest, _SHAPE)
        and all(each["name"].startswith(f"{each['split']}-") for each in manifest["shards"])
        and all(_has_hash(each) for each in manifest["shards"])
        and all(each.keys() <= _SKIP_KEYS for each in manifest["skipped"])
        and all(type(each.get("like", "")) is str for each in manifest["skipped"])
    )


def _has_hash(shard: dict[str, Any]) -> bool:
    found = [name for name in _HASHES if name in shard]
    return bool(found) and all(_HASHES[name](shard[name]) for name in found)


def _advice(path: Path) -> str:
    kind = kind_of(path)
    if kind in ("photos", "an archive", "a photo"):
        told = "is" if kind != "photos" else "holds"
        return (
            f"{path} {told} {kind}, not records: make a record set with colorizer-tf build-records "
            f"{path}"
        )
    if kind:
        return f"{path} is {kind}, not a record set: give the folder that build-records made"
    if not path.is_dir():
        return f"no record set at {path}: {_rebuild(path)}"
    return (
        f"{path} holds no {MANIFEST}: not a record set, or a build that did not finish; run the "
        f"same colorizer-tf build-records again: it goes on where it stopped"
    )


def _rebuild(path: Path) -> str:
    return f"make one with colorizer-tf build-records PHOTOS... --out {path}"
