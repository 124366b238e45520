"""`build_records`: photos to a record set, in two passes over the files."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.execution import Executor, ProcessExecutor
from colorizer_tf.base.files import remove_parts, write_atomic
from colorizer_tf.base.json_shapes import parse_json
from colorizer_tf.base.locks import alone_in
from colorizer_tf.base.progress import Progress
from colorizer_tf.records.manifest import MANIFEST, load_manifest, make_manifest, manifest_text
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.readers import close_readers
from colorizer_tf.records.scan import ScanResult, scan, scan_tasks, select
from colorizer_tf.records.schema import SHARD_NAME
from colorizer_tf.records.shards import PARTS, ShardResult, ShardSpec, plan_shards, write_shard
from colorizer_tf.records.sources import Listing, Skip, list_sources
from colorizer_tf.records.sources.kinds import kind_of

CONTACT_SHEET = "contact-sheet.png"
_OPTIONS = "options.json"
_MAX_OPTIONS_BYTES = 2**20
# Skipped files named in an error.
_NAMED = 50
# Starting a process and TensorFlow in it takes longer than this many small photos.
_PHOTOS_WORTH_A_WORKER = 64


def build_records(
    sources: Sequence[str | Path],
    out: str | Path,
    options: RecordOptions | None = None,
    *,
    workers: int | Executor | None = None,
    strict: bool = False,
    overwrite: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Build a record set of photos, or finish one whose build was interrupted.

    The same photos and options give the same bytes, whatever the number of workers and however
    often the build was interrupted.

    Args:
        sources: folders, zip and tar archives, image files.
        out: folder of the set.
        options: how the records are made (default: `RecordOptions()`).
        workers: processes (default: one a core, fewer for few photos), or an executor to use
            instead, such as a `SparkExecutor`.
        strict: a skipped file, for whatever reason, is an error.
        overwrite: replace an existing set.
        progress: show it on stderr.

    Returns:
        The manifest.

    Raises:
        UsageError: if a source is missing, or `out` holds a set built with other options or
            anything else.
        ColorizerError: if no photo is usable, a worker dies or the records cannot be written.
    """
    out, options = Path(out), options or RecordOptions()
    if not sources:
        raise UsageError("no sources: give folders, archives or image files")
    if isinstance(workers, int) and workers < 1:
        raise UsageError(f"workers: received {workers}, expected at least 1")
    if not overwrite:
        _check_out(out, options)
    listing = list_sources([Path(source) for source in sources], leave_out=out)
    if options.limit:
        del listing.items[options.limit :]
    if isinstance(workers, int | None):
        workers = ProcessExecutor(workers or _count_workers(len(listing.items)))
    with contextlib.ExitStack() as context:
        context.callback(close_readers)
        executor = context.enter_context(workers)
        seen = _scan(executor, listing, options, progress)
        photos, skips = select(listing, seen)
        skips = listing.skips + skips
        if not photos:
            _check_kinds(sources)
        _check_usable(len(photos), skips, strict)
        inputs = _inputs(listing, seen)
        with alone_in(out):
            manifest = None if overwrite else _up_to_date(out, inputs)
            if manifest is None:
                _begin(out, options, afresh=overwrite)
                results = _write(executor, plan_shards(listing, photos, options), out, progress)
                names = [source.name for source in listing.sources]
                manifest = make_manifest(options, names, inputs, results, skips)
            _check_usable(sum(manifest["records"].values()), _skips_of(manifest), strict)
            _publish(out, manifest)
    return manifest


def _scan(
    executor: Executor, listing: Listing, options: RecordOptions, progress: bool
) -> list[ScanResult]:
    tasks = scan_tasks(listing, with_dhash=options.near_duplicates)
    found: dict[int, list[ScanResult]] = {}
    with Progress("reading", len(listing.items), shown=progress) as bar:
        for number, seen in executor.map_unordered(scan, tasks, len(tasks)):
            found[number] = seen
            bar.add(len(seen))
    return [seen for number in range(len(tasks)) for seen in found[number]]


def _write(
    executor: Executor, specs: list[ShardSpec], out: Path, progress: bool
) -> list[ShardResult]:
    results: dict[int, ShardResult] = {}
    photos = sum(len(spec.photos) for spec in specs)
    # Shards are flushed to the disk while the next ones are made: faster than all at the end.
    with Progress("writing", photos, shown=progress) as bar, ThreadPoolExecutor(1) as disk:
        kept = []
        write = functools.partial(write_shard, out=out.absolute())
        for number, result in executor.map_unordered(write, specs, len(specs)):
            results[number] = result
            bar.add(len(specs[number].photos))
            if result.records:
                kept.append(disk.submit(_make_durable, out / result.name))
        for each in kept:
            each.result()
    return [results[number] for number in range(len(specs))]


def _count_workers(photos: int) -> int:
    """One process a core, fewer for few photos."""
    return max(1, min(os.cpu_count() or 1, photos // _PHOTOS_WORTH_A_WORKER))


def _make_durable(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise ColorizerError(f"cannot write {path}: {error.strerror}; free some space") from error


def _inputs(listing: Listing, seen: list[ScanResult]) -> str:
    """A hash of the names and contents of all files found."""
    digest = hashlib.sha256()
    for item, found in zip(listing.items, seen, strict=True):
        digest.update(json.dumps([listing.named(item), found.sha256, found.reason]).encode())
    for skip in listing.skips:
        digest.update(json.dumps(dataclasses.astuple(skip)).encode())
    return digest.hexdigest()


def _check_kinds(sources: Sequence[str | Path]) -> None:
    """Refuse sources without photos that are known to be something else."""
    for source in sources:
        kind = kind_of(source)
        if kind in ("a record set", "a run", "a model"):
            raise ColorizerError(
                f"{source} is {kind}, expected photos: name their folder or archive"
            )


def _check_usable(count: int, skips: list[Skip], strict: bool) -> None:
    named = "\n".join(
        f"  {skip.source}: {skip.reason}" + (f" of {skip.like}" if skip.like else "")
        for skip in skips[:_NAMED]
    )
    more = f"\n  and {len(skips) - _NAMED} more" if len(skips) > _NAMED else ""
    if strict and skips:
        raise ColorizerError(f"{len(skips)} files would be skipped (--strict):\n{named}{more}")
    if not count:
        raise ColorizerError(
            "no usable photo in the sources" + (f"; skipped:\n{named}{more}" if skips else "")
        )


def _skips_of(manifest: dict[str, Any]) -> list[Skip]:
    return [Skip(**skip) for skip in manifest["skipped"]]


def _check_out(out: Path, options: RecordOptions) -> None:
    """Refuse a folder that holds a set built with other options, or anything but a set."""
    wanted = dataclasses.asdict(options)
    found = _options_of(out)
    if found is None:
        if out.exists() and (
            not out.is_dir() or any(not entry.name.startswith(".") for entry in out.iterdir())
        ):
            raise UsageError(
                f"{out} is there and is no record set: choose another --out, or an empty folder"
            )
        return
    differences = [
        f"{name} {found.get(name)!r} there, {wanted.get(name)!r} now"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name) != wanted.get(name)
    ]
    if differences:
        raise UsageError(
            f"{out} was built with other options ({'; '.join(differences)}): choose another --out, "
            f"or replace it with --overwrite"
        )


def _options_of(out: Path) -> dict[str, Any] | None:
    if (out / MANIFEST).exists():
        return load_manifest(out)["options"]
    try:
        with (out / PARTS / _OPTIONS).open("rb") as file:
            options = parse_json(file.read(_MAX_OPTIONS_BYTES))
    except (OSError, ValueError):
        return None
    return options if isinstance(options, dict) else None


def _begin(out: Path, options: RecordOptions, *, afresh: bool) -> None:
    """Write the options, then remove the manifest: in this order, a kill in between is harmless."""
    (out / PARTS).mkdir(exist_ok=True)
    text = json.dumps(dataclasses.asdict(options))
    write_atomic(out / PARTS / _OPTIONS, text.encode())
    for name in (MANIFEST, CONTACT_SHEET):
        (out / name).unlink(missing_ok=True)
    if afresh:
        for part in (out / PARTS).glob("*.tfrecord.json"):
            part.unlink(missing_ok=True)
        _remove_shards(out, set())


def _up_to_date(out: Path, inputs: str) -> dict[str, Any] | None:
    """The manifest of a finished set of the same inputs with all its shards, if there is one."""
    if not (out / MANIFEST).exists():
        return None
    manifest = load_manifest(out)
    with contextlib.suppress(OSError):
        whole = all((out / s["name"]).stat().st_size == s["bytes"] for s in manifest["shards"])
        return manifest if whole and manifest["inputs"] == inputs else None
    return None


def _publish(out: Path, manifest: dict[str, Any]) -> None:
    _remove_shards(out, {shard["name"] for shard in manifest["shards"]})
    if not (out / MANIFEST).exists():
        write_atomic(out / MANIFEST, manifest_text(manifest).encode())
    shutil.rmtree(out / PARTS, ignore_errors=True)


def _remove_shards(out: Path, keep: set[str]) -> None:
    """Remove shards of an earlier plan, and what a killed process left half-written."""
    for file in out.glob("*"):
        if SHARD_NAME.fullmatch(file.name) and file.name not in keep:
            file.unlink(missing_ok=True)
    remove_parts(out)
