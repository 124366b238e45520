"""The unit of work: the plan of a shard, and the pure function that writes the shard."""

import dataclasses
import hashlib
import itertools
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError, ImageError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.base.json_shapes import is_count, is_counts, matches, parse_json
from colorizer_tf.base.version import __version__
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.photo import photo_to_lab
from colorizer_tf.records.readers import read_item
from colorizer_tf.records.scan import SelectedPhoto, split_of
from colorizer_tf.records.schema import FORMAT_VERSION, SPLITS, serialize_record, shard_name
from colorizer_tf.records.sources import Listing, Skip, Source, full_name, printable
from colorizer_tf.records.statistics import HISTOGRAM_BINS, ColorSums, sample
from colorizer_tf.records.tfrecord import TFRecordWriter, file_crc

# Small sets get smaller shards, so that workers and readers can share them.
_SHARDS_AT_LEAST = 16
_SMALLEST_SHARD = 32
# Reading a file of this size takes much longer than opening it; a kill loses little.
_SHARD_BYTES = 48 * 2**20
# Beyond this many shards they get larger, up to so many times, so that lists of files stay short.
_MANY_SHARDS, _MOST_GROWTH = 2**14, 4

PARTS = ".build"
_MAX_PART_BYTES = 64 * 2**20
_BUFFER_BYTES = 2**20
_PART = {
    "name": str,
    "fingerprint": str,
    "records": is_count,
    "bytes": is_count,
    "crc32c": is_count,
    "labels": is_counts,
    "skips": [{"source": str, "reason": str, "like": str}],
    "color": {
        "pixels": is_count,
        "sums": (is_count,) * 3,
        "squares": (is_count,) * 3,
        "chroma_hundredths": is_count,
        "histogram": (is_count,) * HISTOGRAM_BINS,
    },
}


@dataclasses.dataclass(frozen=True)
class ShardSpec:
    """All that decides a shard's bytes, and where its photos are."""

    split: str
    index: int
    options: RecordOptions
    sources: tuple[Source, ...]
    photos: tuple[SelectedPhoto, ...]

    @property
    def name(self) -> str:
        """The shard's file name."""
        return shard_name(self.split, self.index)

    def fingerprint(self) -> str:
        """A hash of all that decides the shard's bytes, without the places of its photos."""
        photos = [
            (photo.sha256, self.sources[photo.item.source].name, photo.item.name)
            for photo in self.photos
        ]
        decisive = [FORMAT_VERSION, __version__, dataclasses.asdict(self.options), self.name]
        return hashlib.sha256(json.dumps([decisive, photos]).encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class ShardResult:
    """The result of writing a shard; with 0 records there is no file."""

    name: str
    fingerprint: str
    records: int
    bytes: int
    crc32c: int
    labels: dict[str, int]
    skips: list[Skip]
    color: ColorSums

    def to_json(self) -> str:
        """As a part file holds it."""
        return json.dumps(dataclasses.asdict(self))


def result_from_json(data: bytes) -> ShardResult:
    """The result in a part file.

    Raises:
        ValueError, TypeError: if it is none.
    """
    values: dict[str, Any] = parse_json(data)
    if not matches(values, _PART):
        raise ValueError("not a part file")
    values["skips"] = [Skip(**skip) for skip in values["skips"]]
    values["color"] = ColorSums(**values["color"])
    return ShardResult(**values)


def plan_shards(
    listing: Listing, photos: list[SelectedPhoto], options: RecordOptions
) -> list[ShardSpec]:
    """The shards of a set.

    Photos are ordered by the hash of their content: a shuffle that depends on neither workers nor
    file systems, and mixes each shard well. Those of compressed tars, which can only be read front
    to back, keep their order, in shards of their own.
    """
    streams = {index for index, source in enumerate(listing.sources) if source.kind == "stream"}
    mixed = sorted(
        (photo for photo in photos if photo.item.source not in streams),
        key=lambda photo: photo.sha256,
    )
    groups = [mixed] + [[p for p in photos if p.item.source == index] for index in sorted(streams)]
    most = options.shard_size or automatic_shard_size(len(photos), options.size)
    specs: list[ShardSpec] = []
    for split in SPLITS:
        index = 0
        for group in groups:
            inside = [
                photo
                for photo in group
                if split_of(photo.sha256, options.salt, options.valid_fraction) == split
            ]
            for piece in _cut(inside, most):
                specs.append(ShardSpec(split, index, options, listing.sources, piece))
                index += 1
    return specs


def automatic_shard_size(photos: int, size: int) -> int:
    """Largest number of photos in a shard where `shard_size` is 0.

    As many as give 48 MiB: 1024 of 128 px, 256 of 256 px. Where that would give more than 16,384
    shards, they are larger, at most four times.

    Args:
        photos: in the whole set.
        size: side of the records in pixels.
    """
    few = max(1, _SHARD_BYTES // (3 * size * size))
    return min(max(few, -(-photos // _MANY_SHARDS)), _MOST_GROWTH * few)


def _cut(photos: list[SelectedPhoto], most: int) -> list[tuple[SelectedPhoto, ...]]:
    size = min(most, max(_SMALLEST_SHARD, -(-len(photos) // _SHARDS_AT_LEAST)))
    count = -(-len(photos) // size)
    # Of nearly equal size, so that no shard is left with a few photos.
    bounds = [len(photos) * number // count for number in range(count + 1)] if count else [0]
    return [tuple(photos[a:b]) for a, b in itertools.pairwise(bounds)]


def write_shard(spec: ShardSpec, out: Path) -> ShardResult:
    """Write a shard and its part file, or return the result of an interrupted run that did.

    Args:
        spec: the plan.
        out: the set's folder, with a folder `.build` in it.

    Raises:
        ColorizerError: if it cannot be written.
    """
    done = finished(spec, out)
    if done:
        return done
    target, temporary = out / spec.name, out / f".{secrets.token_hex(8)}.part"
    try:
        tally = _write_records(spec, temporary)
        if tally.records:
            temporary.replace(target)
        else:
            target.unlink(missing_ok=True)
    except OSError as error:
        raise ColorizerError(
            f"cannot write {target}: {error.strerror or error}; free some space and run the same "
            f"command again: it goes on where it stopped"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    result = ShardResult(
        spec.name,
        spec.fingerprint(),
        tally.records,
        tally.bytes,
        tally.crc32c,
        dict(sorted(tally.labels.items())),
        tally.skips,
        ColorSums.of(tally.samples),
    )
    write_atomic(_part(spec, out), result.to_json().encode(), durable=False)
    return result


@dataclasses.dataclass
class _Tally:
    labels: Counter[str] = dataclasses.field(default_factory=Counter)
    skips: list[Skip] = dataclasses.field(default_factory=list)
    samples: list[np.ndarray] = dataclasses.field(default_factory=list)
    bytes: int = 0
    crc32c: int = 0

    @property
    def records(self) -> int:
        return self.labels.total()


def _write_records(spec: ShardSpec, path: Path) -> _Tally:
    tally = _Tally()
    with path.open("wb", buffering=_BUFFER_BYTES) as file:
        writer = TFRecordWriter(file)
        # One by one: all steps of a picture while it is in the processor's cache.
        for photo in spec.photos:
            item, source = photo.item, spec.sources[photo.item.source]
            try:
                lab = _checked_lab(source, photo, spec.options)
            except ImageError as error:
                name = full_name(spec.sources, item.source, item.name)
                tally.skips.append(Skip(name, str(error)))
                continue
            tally.samples.append(sample(lab))
            name, label = printable(item.name), source.label_of(item)
            tally.labels[label] += 1
            writer.write(serialize_record(lab, name, label, photo.sha256))
    tally.bytes, tally.crc32c = writer.size, writer.crc
    return tally


def finished(spec: ShardSpec, out: Path) -> ShardResult | None:
    """The result of an earlier run with the same plan, if its shard still exists unchanged."""
    try:
        with _part(spec, out).open("rb") as file:
            result = result_from_json(file.read(_MAX_PART_BYTES))
        if result.fingerprint != spec.fingerprint():
            return None
        # Read, not trusted: after a power failure a file may have its size and not its content.
        found = file_crc(out / spec.name) if result.records else (0, 0)
    except (OSError, ValueError, TypeError):
        return None
    return result if (result.bytes, result.crc32c) == found else None


def _part(spec: ShardSpec, out: Path) -> Path:
    return out / PARTS / f"{spec.name}.json"


def _checked_lab(source: Source, photo: SelectedPhoto, options: RecordOptions) -> np.ndarray:
    data = read_item(source, photo.item)
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise ImageError("changed while the records were built")
    return photo_to_lab(data, options)
