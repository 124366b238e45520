"""A record set for people: a summary as text, and a contact sheet of some of its photos."""

from collections import defaultdict
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.images import encode_png
from colorizer_tf.records.build import CONTACT_SHEET
from colorizer_tf.records.manifest import load_manifest
from colorizer_tf.records.reading import Record, read_shard
from colorizer_tf.records.schema import SPLITS

_COLUMNS, _ROWS, _GAP = 10, 6, 4
_SHARDS_READ, _RECORDS_READ = 12, 48
_LABELS_NAMED = 40


def summary(manifest: dict[str, Any]) -> str:
    """Counts, sizes, skips and colors of a set, as a table."""
    rows: list[tuple[str, str]] = []
    for split in SPLITS:
        shards = [shard for shard in manifest["shards"] if shard["split"] == split]
        megabytes = sum(shard["bytes"] for shard in shards) / 1e6
        count = manifest["records"].get(split, 0)
        rows.append((split, f"{count} records, {len(shards)} shards, {megabytes:.1f} MB"))
    rows.append(("size", f"{manifest['size']} x {manifest['size']}"))
    rows.append(("labels", _labels(manifest)))
    color = manifest["color"]
    for name, mean, std in zip("Lab", color["mean"], color["std"], strict=True):
        rows.append((f"{name} mean, std", f"{mean:.1f}, {std:.1f}"))
    rows.append(("mean chroma", f"{color['chroma']:.1f}"))
    rows.append(("skipped", str(len(manifest["skipped"]))))
    rows += [(f"  {reason}", str(count)) for reason, count in manifest["skip_counts"].items()]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:{width}}{text}" for name, text in rows)


def _labels(manifest: dict[str, Any]) -> str:
    total: dict[str, int] = defaultdict(int)
    for counts in manifest["labels"].values():
        for label, count in counts.items():
            total[label or "(none)"] += count
    first = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    text = ", ".join(f"{label} {count}" for label, count in first[:_LABELS_NAMED])
    more = len(first) - _LABELS_NAMED
    return f"{len(first)}: {text}" + (f" and {more} more" if more > 0 else "")


def contact_sheet(path: str | Path) -> np.ndarray:
    """Some photos of a record set in one picture, `(h, w, 3)` uint8: the same ones each time.

    They come from shards spread over the set, with the labels in turn.

    Raises:
        ColorizerError: if there is no finished set, or a record read is damaged.
    """
    path = Path(path)
    manifest = load_manifest(path)
    records = _sample(path, [shard["name"] for shard in manifest["shards"]])
    if any(len(r.lab) != r.height * r.width * 3 or r.height != manifest["size"] for r in records):
        raise ColorizerError(
            f"{path}: records of a wrong size: run colorizer-tf records verify {path}"
        )
    size = manifest["size"]
    rows = min(_ROWS, -(-len(records) // _COLUMNS))
    step = size + _GAP
    sheet = np.full((rows * step + _GAP, _COLUMNS * step + _GAP, 3), 255, np.uint8)
    for number, record in enumerate(records[: rows * _COLUMNS]):
        top, left = (_GAP + step * place for place in divmod(number, _COLUMNS))
        rgb = cv2.cvtColor(record.picture(), cv2.COLOR_LAB2RGB)
        sheet[top : top + size, left : left + size] = rgb
    return sheet


def write_contact_sheet(folder: Path, target: Path | None = None) -> Path:
    """Write `contact_sheet` as a PNG, by default into the set's folder, and give its path.

    Raises:
        ColorizerError: as there, or if it cannot be written.
    """
    target = target or folder / CONTACT_SHEET
    write_atomic(target, encode_png(contact_sheet(folder)))
    return target


def _sample(path: Path, names: list[str]) -> list[Record]:
    by_label: dict[str, list[Record]] = defaultdict(list)
    step = max(1, -(-len(names) // _SHARDS_READ))
    for name in names[::step]:
        for record in islice(read_shard(path / name), _RECORDS_READ):
            by_label[record.label].append(record)
    in_turn = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [record for turn in in_turn for record in turn if record]
