"""Spark's `local[2]` against two local workers, both jobs: the rate once all is started.

Both engines are started first, which is timed apart: from nothing to the end of a small job. Then
they take turns with the whole job, done as the commands do it, so that what else the machine does
meets both alike; the ratio is that of the sums of their seconds.
`build-records` reads zips of 128 px JPEGs, `colorize` folders of them.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from drawn import small_jpegs, unpacked, zipped
from frame import benchmark
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
            told[f"{name}_start_s"] = time.monotonic() - begun
        for number in range(runs):
            # The one that goes first changes.
            for name in sorted(jobs, reverse=number % 2 == 0):
                taken = seconds(jobs[name], photos, out / name / str(number))
                print(name, round(taken, 1), file=sys.stderr)
                spent[name] += taken
    rates = {f"{name}_photos_per_s": runs * count / s for name, s in spent.items()}
    ratio = spent["local"] / spent["spark"]
    return told | rates | {"ratio": ratio}


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


def spark(**settings: Any) -> SparkExecutor:
    """Spark on two cores."""
    return SparkExecutor("local[2]", SETTINGS, **settings)


def race_building(photos: list[bytes], runs: int, folder: Path) -> dict[str, Any]:
    """`build-records` over a zip."""
    folder.mkdir()
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
    request = ColorizeRequest(model, own.request, "onnx", own.identity, options)

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


def measure(
    folder: Path, photos: int = 20_000, colorize: int = 2_000, runs: int = 2, model: str = "cnn"
) -> dict[str, Any]:
    """Both jobs, of so many photos each; 0 leaves one out."""
    if missing():
        return {"skipped": missing()}
    files, told = small_jpegs(max(photos, colorize)), dict[str, Any]()
    if photos:
        told["build_records"] = race_building(files[:photos], runs, folder / "build")
        told["build_records_ratio"] = told["build_records"]["ratio"]
    if colorize:
        path = catalog.find_model(model).absolute()
        told["colorize"] = race_coloring(files[:colorize], runs, folder / "colorize", path)
        told["colorize_ratio"] = told["colorize"]["ratio"]
    return told


if __name__ == "__main__":
    benchmark(measure, asked=dict.fromkeys(("build_records_ratio", "colorize_ratio"), ">= 0.8"))
