"""Spark's `local[2]` against two local workers, both jobs: the rate once all is started.

Both engines are started first, which is timed apart: from nothing to the end of a small job. Then
they take turns with the whole job, done as the commands do it, so that what else the machine does
meets both alike; the ratio is that of the sums of their seconds.
`build-records` reads zips of 128 px JPEGs, `colorize` folders of them.

    python benchmarks/spark_local.py [--photos 20000] [--colorize 2000] [--runs 2] [--model NAME]
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from build_small_photos import draw, zipped
from spark_cluster import missing

from colorizer_tf.base.execution import Executor, ProcessExecutor
from colorizer_tf.base.execution.processes import use_one_core
from colorizer_tf.base.execution.spark import SparkExecutor
from colorizer_tf.batch.finding import find_photos
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model
from colorizer_tf.batch.request import ColorizeRequest
from colorizer_tf.batch.run import colorize_with
from colorizer_tf.batch.session import WAITING_THREADS, LocalSession, RemoteSession, Session
from colorizer_tf.inference import catalog
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.records.build import build_records
from colorizer_tf.records.options import RecordOptions

FIRST = 128
TARGET = 0.8
OPTIONS = RecordOptions(min_chroma=0.01)
SETTINGS = {"spark.ui.enabled": "false"}

Job = Callable[[Path, Path], object]


class Kept:
    """An executor that several jobs share: it does not end with each of them."""

    def __init__(self, shared: Executor) -> None:
        self._shared = shared

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shared, name)


def seconds(job: Job, photos: Path, out: Path) -> float:
    """Of a job."""
    start = time.monotonic()
    job(photos, out)
    return time.monotonic() - start


def race(
    engines: dict[str, Any], first: Path, photos: Path, runs: int, out: Path
) -> dict[str, Any]:
    """Start-ups, rates once started, and the ratio of the rates."""
    count = number_in(photos)
    spent = dict.fromkeys(engines, 0.0)
    told: dict[str, Any] = {"photos": count, "runs": runs}
    with contextlib.ExitStack() as started:
        jobs = {}
        for name, start in engines.items():
            begun = time.monotonic()
            jobs[name] = started.enter_context(start())
            jobs[name](first, out / name / "first")
            told[f"{name}_start_s"] = round(time.monotonic() - begun, 1)
        for number in range(runs):
            # The one that goes first changes.
            for name in sorted(jobs, reverse=number % 2 == 0):
                taken = seconds(jobs[name], photos, out / name / str(number))
                print(name, round(taken, 1), file=sys.stderr)
                spent[name] += taken
    rates = {f"{name}_photos_per_s": round(runs * count / s, 1) for name, s in spent.items()}
    ratio = spent["local"] / spent["spark"]
    return told | rates | {"ratio": round(ratio, 2), "target": TARGET}


def number_in(part: Path) -> int:
    return int(part.stem.rpartition("-")[2])


@contextlib.contextmanager
def building(executor: Executor) -> Iterator[Job]:
    """The job of `build-records`."""
    with executor as shared:
        kept: Any = Kept(shared)

        def job(photos: Path, out: Path) -> object:
            return build_records([photos], out, OPTIONS, workers=kept, progress=False)

        yield job


@contextlib.contextmanager
def coloring(session: Session, model: Model) -> Iterator[Job]:
    """The job of `colorize`."""
    with session.executor as shared:
        kept: Any = Kept(shared)
        session.executor = kept

        def job(photos: Path, out: Path) -> object:
            found = find_photos([photos], out)
            outcome = colorize_with(session, found, out, model, ColorizeOptions())
            assert outcome.counts()["done"] == len(found) == number_in(photos)
            return outcome

        yield job


def unpacked(photos: list[bytes], folder: Path) -> Path:
    """The photos as files."""
    folder.mkdir()
    for number, photo in enumerate(photos):
        (folder / f"{number:06d}.jpg").write_bytes(photo)
    return folder


def spark(**settings: Any) -> SparkExecutor:
    """Spark on two cores."""
    return SparkExecutor("local[2]", SETTINGS, **settings)


def race_building(photos: list[bytes], runs: int, folder: Path) -> dict[str, Any]:
    """`build-records` over a zip."""
    first = zipped(photos[:FIRST], folder / f"first-{FIRST}.zip")
    whole = zipped(photos, folder / f"all-{len(photos)}.zip")
    engines = {
        "local": lambda: building(ProcessExecutor(2)),
        "spark": lambda: building(spark(initializer=use_one_core)),
    }
    return race(engines, first, whole, runs, folder / "records")


def race_coloring(photos: list[bytes], runs: int, folder: Path, model: Path) -> dict[str, Any]:
    """`colorize` over a folder."""
    first = unpacked(photos[:FIRST], folder / f"first-{FIRST}")
    whole = unpacked(photos, folder / f"all-{len(photos)}")
    options = ColorizeOptions()
    own = Colorizer(model, runtime="onnx")
    request = ColorizeRequest(model, None, "onnx", own.identity, options)

    def here() -> Session:
        return LocalSession(Colorizer(model, runtime="onnx", threads=1), options, workers=2)

    def there() -> Session:
        return RemoteSession(spark(threads=WAITING_THREADS + 1), request)

    named = Model(own.name, own.identity)
    engines = {
        "local": lambda: coloring(here(), named),
        "spark": lambda: coloring(there(), named),
    }
    return race(engines, first, whole, runs, folder / "colored")


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=20_000, help="for build-records")
    parser.add_argument("--colorize", type=int, default=2_000, help="for colorize")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--model", default="cnn")
    args = parser.parse_args()
    told: dict[str, Any] = {"benchmark": "spark_local"}
    if missing():
        print(json.dumps(told | {"skipped": missing()}))
        return
    photos = draw(max(args.photos, args.colorize))
    with tempfile.TemporaryDirectory() as name:
        if args.photos:
            told["build_records"] = race_building(photos[: args.photos], args.runs, Path(name))
    with tempfile.TemporaryDirectory() as name:
        if args.colorize:
            model = catalog.find_model(args.model).absolute()
            some = photos[: args.colorize]
            told["colorize"] = race_coloring(some, args.runs, Path(name), model)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
