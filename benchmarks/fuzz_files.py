"""Damaged files of every kind that a command reads, but for pictures: is a traceback ever shown?

Good files are made once: a record set with its manifest, shards and half-built parts, an exported
model, a run, an index of colored photos, lists of paths, recipes, a report, a zip of photos. Then
each is changed at random, in its bytes and, of JSON and TOML, in its values, and read as the
commands read it. An input may be read, or refused by a `ColorizerError` of one or a few lines;
any other error has escaped. Inputs are made from their numbers alone.
"""

import collections
import dataclasses
import io
import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from damage import damaged
from frame import benchmark

sys.path.insert(0, str(Path(__file__).parents[1]))

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.options import resolve
from colorizer_tf.base.startup import load_tensorflow
from colorizer_tf.batch.finding import find, read_list
from colorizer_tf.batch.index import INDEX_NAME, Index, read_index
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.evaluation.photos import RecordPhotos
from colorizer_tf.inference import catalog, model_json
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.records.manifest import load_manifest, make_manifest, manifest_text
from colorizer_tf.records.shards import finished, plan_shards
from colorizer_tf.records.show import contact_sheet, summary
from colorizer_tf.records.sources import list_sources
from colorizer_tf.records.verify import verify_records
from tests.batch.painting import Tinter
from tests.drawing import write_photos

ROOT = Path(__file__).parents[1]
MAX_LINES = 60
# Kinds that take long to read get so many times fewer inputs.
SLOWER = {"shard": 10}
# A good file of hints, and the same in a table.
HINTS = {
    "format_version": 1,
    "photos": {
        "a.jpg": [
            {"x": 42, "y": 31, "color": "#a01818", "radius": 4},
            {"x": 1, "y": 5, "color": "keep"},
        ],
        "b_*.jpg": [{"x": "50%", "y": "10%", "color": "skyblue"}],
    },
}
TABLE_OF_HINTS = "photo,x,y,color,radius\na.jpg,42,31,#a01818,4\nb_*.jpg,50%,10%,skyblue,\n"


def measure(
    folder: Path, inputs: int = 10_000, first: int = 0, only: str = "", seconds: float = 20.0
) -> dict[str, object]:
    """Read so many inputs of each kind; one that takes longer than so many seconds is a hang."""
    load_tensorflow()
    readers = made(folder)
    counts: dict[str, collections.Counter[str]] = {}
    escaped: list[str] = []
    for kind, (path, read) in readers.items():
        if only and kind != only:
            continue
        good, told = path.read_bytes(), collections.Counter[str]()
        for number in range(first, first + max(inputs // SLOWER.get(kind, 1), 1)):
            path.write_bytes(damaged(good, random.Random(f"{kind} {number}")))
            start = time.monotonic()
            outcome = tried(read)
            if time.monotonic() - start > seconds:
                outcome = "hang"
            told[outcome.partition(":")[0]] += 1
            if outcome.startswith(("escaped", "hang", "long")) and len(escaped) < 20:
                escaped.append(f"{kind} {number} {outcome}")
        path.write_bytes(good)
        counts[kind] = told
        print(kind, dict(told), file=sys.stderr, flush=True)
    total = sum(counts.values(), collections.Counter())
    return {
        "inputs": total.total(),
        "kinds": len(counts),
        "read": total["read"],
        "refused": total["refused"],
        "escaped": total["escaped"],
        "hangs": total["hang"],
        "long_messages": total["long"],
        "found": escaped,
    }


def tried(read: Callable[[], object]) -> str:
    """What became of an input."""
    try:
        read()
    except ColorizerError as error:
        return "long" if str(error).count("\n") > MAX_LINES else "refused"
    except Exception as error:
        return f"escaped: {type(error).__name__}: {str(error)[:100]}"
    return "read"


def made(folder: Path) -> dict[str, tuple[Path, Callable[[], object]]]:
    """The kinds: a good file, and what reads it."""
    photos, out, records = folder / "photos", folder / "out", folder / "records"
    write_photos(photos, 12)
    options = RecordOptions(size=16, valid_fraction=0.3, shard_size=4)
    build_records([photos], records, options, workers=1, progress=False)
    colorize_files([photos], out, Tinter())
    shutil.make_archive(str(folder / "album"), "zip", photos)
    shutil.make_archive(str(folder / "album"), "gztar", photos)
    parts = half_built(folder, photos, options)
    model = shutil.copytree(catalog.find_model("cnn"), folder / "model")
    (folder / "list.txt").write_bytes("photos/a.png\nphotos/ü b.png\n".encode())
    (folder / "wide.txt").write_bytes("photos\\a.png\r\nphotos\\ü.png\r\n".encode("utf-16"))
    recipe = next((ROOT / "training/recipes").glob("*.toml"))
    shutil.copy(recipe, folder / "recipe.toml")
    run = new_run(folder / "run")
    (folder / "hints.json").write_text(json.dumps(HINTS), "utf-8")
    (folder / "hints.csv").write_text(TABLE_OF_HINTS, "utf-8")
    return {
        "manifest": (records / "manifest.json", lambda: read_records(records)),
        "shard": (next(records.glob("train-*")), lambda: check_records(records)),
        "part": (next((parts / ".build").glob("*.tfrecord.json")), lambda: rebuild(photos, parts)),
        "build options": (parts / ".build" / "options.json", lambda: rebuild(photos, parts)),
        "index": (out / INDEX_NAME, lambda: use_index(photos, out)),
        "list": (folder / "list.txt", lambda: use_list(folder / "list.txt", out)),
        "wide list": (folder / "wide.txt", lambda: use_list(folder / "wide.txt", out)),
        "recipe": (
            folder / "recipe.toml",
            lambda: resolve(TrainConfig, folder / "recipe.toml", {}),
        ),
        "run's config": (run / "config.json", lambda: use_config(run)),
        "run's history": (run / "history.json", lambda: use_history(run)),
        "model.json": (model / "model.json", lambda: use_model(model)),
        "zip": (folder / "album.zip", lambda: use_zip(folder / "album.zip")),
        "tar": (folder / "album.tar.gz", lambda: list_sources([folder / "album.tar.gz"])),
        "hints": (folder / "hints.json", lambda: use_hints(folder / "hints.json")),
        "table of hints": (folder / "hints.csv", lambda: use_hints(folder / "hints.csv")),
    }


def half_built(folder: Path, photos: Path, options: RecordOptions) -> Path:
    """A build that was killed before the manifest was written."""
    from colorizer_tf.records import build as builder

    parts = folder / "parts"
    publish, builder._publish = builder._publish, lambda *_: None
    build_records([photos], parts, options, workers=1, progress=False)
    builder._publish = publish
    return parts


def read_records(records: Path) -> object:
    """What commands do with a manifest."""
    manifest = load_manifest(records)
    return summary(manifest), RecordPhotos(records)


def check_records(records: Path) -> object:
    """What commands do with shards."""
    return verify_records(records), contact_sheet(records), list(RecordPhotos(records).read())


def rebuild(photos: Path, parts: Path) -> object:
    """Go on with a half-built set, without ending it."""
    from colorizer_tf.records import build as builder

    options = builder._options_of(parts)
    listing, chosen, own = planned(photos)
    found = [finished(spec, parts) for spec in plan_shards(listing, chosen, own)]
    manifest = make_manifest(own, ["photos"], "", [each for each in found if each], [])
    return options, manifest_text(manifest)


def planned(photos: Path) -> tuple[Any, Any, RecordOptions]:
    """The plan of the half-built set."""
    from colorizer_tf.records.scan import scan, scan_tasks, select

    if photos not in _plans:
        listing = list_sources([photos])
        seen = [each for task in scan_tasks(listing, with_dhash=False) for each in scan(task)]
        options = RecordOptions(size=16, valid_fraction=0.3, shard_size=4)
        _plans[photos] = listing, select(listing, seen)[0], options
    return _plans[photos]


_plans: dict[Path, Any] = {}


def use_index(photos: Path, out: Path) -> object:
    """What `colorize` does with an index, but for coloring."""
    from colorizer_tf.batch.options import ColorizeOptions
    from colorizer_tf.batch.plan import Model, plan_run

    found = find([photos, out], out).photos
    plan_run(found, out, read_index(out), ColorizeOptions(), Model("tint", "tint-1"))
    with Index(out) as index:
        return index.entries


def new_run(run: Path) -> Path:
    """Settings and history of a training run."""
    run.mkdir()
    config = dataclasses.asdict(TrainConfig(left_out=("a",), widths=(8, 16)))
    (run / "config.json").write_text(json.dumps(config), "utf-8")
    rows = [{"epoch": 1, "step": 5, "loss": 0.5}, {"epoch": 2, "step": 10, "loss": 0.25}]
    (run / "history.json").write_text(json.dumps(rows), "utf-8")
    return run


def use_config(run: Path) -> object:
    """What `train --resume` and `export` do with a run's settings."""
    from colorizer_tf.training.run_folder import RunFolder

    folder = RunFolder(run)
    return folder.check_resumable(folder.read_config())


def use_history(run: Path) -> object:
    """What `train --resume` does with a run's history."""
    from colorizer_tf.training.run_folder import RunFolder

    return [row for row in RunFolder(run).read_history() if row["step"] <= 10]


def use_list(path: Path, out: Path) -> object:
    """What `colorize` does with a list."""
    data = path.read_bytes()
    for null in (False, True):
        find(read_list(io.BytesIO(data), null=null), out)
    return data


def use_model(model: Path) -> object:
    """What commands do with a model's description, but for loading the weights."""
    from colorizer_tf.inference.request import PredictionRequest

    info = model_json.read_info(model)
    return PredictionRequest().resolved(info), PredictionRequest().identity(info)


def use_hints(path: Path) -> object:
    """What `colorize` does with a file of hints, but for coloring."""
    from colorizer_tf.inference.hints.book import HintBook
    from colorizer_tf.inference.hints.points import points_of

    pixels = np.full((40, 60, 3), 128, np.uint8)
    return [points_of(HintBook.read(path).of(name), pixels, 1.0) for name in ("a.jpg", "b_1.jpg")]


def use_zip(path: Path) -> object:
    """What commands do with an archive, but for decoding."""
    from colorizer_tf.base.errors import ImageError
    from colorizer_tf.records.readers import close_readers, read_item

    listing = list_sources([path])
    try:
        for item in listing.items:
            try:
                read_item(listing.sources[0], item)
            except ImageError:
                continue
    finally:
        close_readers()
    with ZipReader(str(path)) as reader:
        return reader.photos(), reader.digest()


if __name__ == "__main__":
    benchmark(measure, asked=dict.fromkeys(("escaped", "hangs", "long_messages"), "== 0"))
