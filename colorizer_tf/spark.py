"""The same work over many machines: Apache Spark maps the functions that processes here map too.

Sources, outputs and models lie on storage that all machines see under the same paths; each has
this package and its dependencies in the same versions. The driver lists, plans and merges.
"""

import concurrent.futures
import functools
import gc
import importlib.util
import itertools
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from colorizer_tf import __version__
from colorizer_tf.batch.errand import Errand, colour_photos
from colorizer_tf.batch.photo import Job, Notes, PhotoResult, Stop
from colorizer_tf.batch.sweep import sweep
from colorizer_tf.environment import PACKAGES
from colorizer_tf.errors import ColorizerError, UsageError
from colorizer_tf.records.workers import settle_in

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

# Spark takes 10 to 60 ms for each of its tasks: ours are tied together until they take so long, and
# towards the end at least a tenth of it.
_SECONDS_A_BUNDLE, _LEAST_SHARE = 2.0, 0.1
_MOST_A_BUNDLE = 512
# Bundles a core in one Spark job, and jobs at a time: while the last bundles of one are at work,
# cores that are idle have those of the next. What is in flight is all that a killed driver loses.
_BUNDLES_A_CORE, _JOBS = 8, 2

_INSTALL = 'pip install "colorizer-tf[spark]"'
_JAVA = "Spark 4 needs Java 17 or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless)"


class SparkEngine:
    """A Spark application; a context, in which functions are mapped over tasks.

    Attributes:
        cores: of all executors, as far as they have come.
    """

    def __init__(
        self, master: str | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        """Say where; it starts with the context.

        Args:
            master: a master's URL, such as `spark://host:7077`, `yarn` or `local[4]`; by default
                as Spark's own settings say, else all cores of this machine.
            settings: more of Spark's settings, on top of `spark-defaults.conf`.

        Raises:
            UsageError: if it is a Spark Connect server's, which maps no functions.
        """
        if master and master.startswith("sc://"):
            raise UsageError(
                f"--master: received {master}, expected a master such as spark://HOST:7077, yarn, "
                "k8s://... or local[N]: Spark Connect cannot run this"
            )
        self._master, self._settings = master, dict(settings or {})
        self._context: Any = None
        self.cores = 0

    def __enter__(self) -> "SparkEngine":
        _check_installed()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._context:
            self._context.stop()

    def map(
        self,
        work: Callable[[Sequence[_Task]], list[_Result]],
        tasks: Iterable[_Task],
        count: int,
    ) -> Iterator[tuple[int, _Result]]:
        """Pairs of a task's number and its result, as they come.

        Args:
            work: a pure function of several tasks, of which each machine knows the module: gives a
                result each. What it writes is whole or not there: Spark may do a task twice.
            tasks: picklable.
            count: how many they are.

        Raises:
            ColorizerError: if `work` does, if versions differ, or if Spark gives up.
        """
        if not count:
            return
        # Not before there is something to do: it takes seconds.
        self._context = self._context or _start(self._master, self._settings)
        bundler = Bundler(tasks, count)
        mapped = _Mapped(work, _versions())
        flying: set[concurrent.futures.Future[list[Any]]] = set()
        with concurrent.futures.ThreadPoolExecutor(_JOBS) as threads:
            try:
                while True:
                    self.cores = max(1, int(self._context.defaultParallelism))
                    while len(flying) < _JOBS and (job := bundler.take(self.cores)):
                        flying.add(threads.submit(self._collect, mapped, job))
                    if not flying:
                        return
                    landed, flying = concurrent.futures.wait(
                        flying, return_when=concurrent.futures.FIRST_COMPLETED
                    )
                    for future in landed:
                        for done in _outcome(future):
                            bundler.learn(len(done.results), done.seconds)
                            yield from enumerate(done.results, done.first)
            finally:
                if flying:
                    self._cancel()

    def _collect(self, mapped: "_Mapped", job: list[tuple[int, list[Any]]]) -> list[Any]:
        return list(self._context.parallelize(job, len(job)).map(mapped).collect())

    def _cancel(self) -> None:
        from py4j.protocol import Py4JError

        try:
            self._context.cancelAllJobs()
        # Stopped already, by Spark itself.
        except (Py4JError, OSError, AttributeError):
            return


class Bundler:
    """Ties tasks together, as many as take a time worth Spark's own."""

    def __init__(self, tasks: Iterable[Any], count: int) -> None:
        self._tasks, self._left, self._first = iter(tasks), count, 0
        self._size, self._fit = 1, 0

    def learn(self, tasks: int, seconds: float) -> None:
        """Take in how long a bundle took."""
        self._fit = max(1, int(_SECONDS_A_BUNDLE * tasks / max(seconds, 1e-6)))
        # Not on one bundle's word alone: the next ones may be heavier.
        self._size = min(self._fit, 16 * self._size, _MOST_A_BUNDLE)

    def take(self, cores: int) -> list[tuple[int, list[Any]]]:
        """The bundles of one Spark job, each with the number of its first task."""
        bundles = []
        for _ in range(cores * (_BUNDLES_A_CORE if self._fit else 1)):
            # Smaller ones towards the end, so that all cores end together.
            least = int(self._fit * _LEAST_SHARE)
            size = max(1, min(self._size, max(self._left // (2 * cores), least)))
            bundle = list(itertools.islice(self._tasks, size))
            if not bundle:
                break
            bundles.append((self._first, bundle))
            self._first += len(bundle)
            self._left -= len(bundle)
        return bundles


@dataclass(frozen=True)
class _Done:
    first: int
    results: list[Any]
    seconds: float


@dataclass(frozen=True)
class _Mapped:
    """What an executor does with a bundle."""

    work: Callable[[Sequence[Any]], list[Any]]
    versions: dict[str, str]

    def __call__(self, bundle: tuple[int, list[Any]]) -> _Done | ColorizerError:
        import cv2

        # Spark runs a process a core.
        cv2.setNumThreads(1)
        first, tasks = bundle
        start = time.perf_counter()
        # Returned, not raised: Spark would try it again, three times.
        try:
            _check_versions(self.versions)
            return _Done(first, self.work(tasks), time.perf_counter() - start)
        except ColorizerError as error:
            return error
        finally:
            _spare_modules(len(sys.modules))


@functools.cache
def _spare_modules(_count: int) -> None:
    """Leave what was loaded out of garbage collections, once for each number of modules.

    After each of its tasks Spark collects garbage, which takes 0.3 s of a core where TensorFlow is
    loaded.
    """
    gc.collect()
    gc.freeze()


class SparkPool:
    """What builds records on Spark: the `workers` of `build_records`."""

    def __init__(self, engine: SparkEngine) -> None:
        """Share an engine, which starts and ends with this context."""
        self._engine = engine

    def __enter__(self) -> "SparkPool":
        self._engine.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.__exit__(kind, error, trace)

    def run(
        self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """See `records.workers.Pool`."""
        return self._engine.map(functools.partial(_each, function), tasks, len(tasks))


def _each(function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> list[Any]:
    settle_in()
    return [function(*task) for task in tasks]


class SparkTeam:
    """What colours photos on Spark: the team of `batch.run.colorize_with`.

    Attributes:
        stop: why it ended early.
        at_work: false: executors end what they are at by themselves.
        runtime: what ran the network, once photos are done.
    """

    at_work = False

    def __init__(self, engine: SparkEngine, errand: Errand) -> None:
        """Share an engine, which starts and ends with this context."""
        self.stop = Stop()
        self.runtime = errand.runtime
        self._engine, self._errand = engine, errand
        self._folders: set[Path] = set()

    def __enter__(self) -> "SparkTeam":
        self._engine.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.__exit__(kind, error, trace)
        # Left half-written by executors that were lost.
        for folder in self._folders:
            sweep(folder)

    def colour(
        self, jobs: Iterable[Job], count: int, notes: Notes, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """See `batch.team.Team`."""
        work = functools.partial(colour_photos, self._errand, folder.absolute())
        for number, painted in self._engine.map(work, self._noted(jobs, folder), count):
            result, finished = painted.result, painted.finished
            self.runtime = painted.runtime
            if finished:
                notes.finish(finished)
            if result and result.output and finished:
                # By the name that the user gave the folder.
                result = replace(result, output=folder / list(finished.outputs)[-1])
            if painted.stopped:
                self.stop.now(painted.stopped)
            yield number, result
            if self.stop.is_set:
                return

    def _noted(self, jobs: Iterable[Job], folder: Path) -> Iterator[Job]:
        for job in jobs:
            self._folders.add((folder / job.place.stems[0]).parent)
            yield job


def _check_installed() -> None:
    if not importlib.util.find_spec("pyspark"):
        raise ColorizerError(f"--engine spark needs pyspark: {_INSTALL}")
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=f"{home}/bin" if home else None):
        where = f" in JAVA_HOME={home}" if home else ""
        raise ColorizerError(f"--engine spark found no Java{where}: {_JAVA}")


def _start(master: str | None, settings: Mapping[str, str]) -> Any:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException

    # Executors would take any python3: it is this one, at the same path on every machine.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setAppName("colorizer-tf").setAll(list(settings.items()))
    conf.set("spark.ui.showConsoleProgress", "false")
    if master:
        conf.setMaster(master)
    try:
        return SparkContext(conf=conf)
    except PySparkException as error:  # its gateway, a Java program, ended at once
        raise ColorizerError(f"Spark does not start: {_JAVA}; its own messages stand above") from (
            error
        )
    except Py4JError as error:
        raise ColorizerError(
            f"Spark does not start: {_cause(str(error))}; is {master or 'the master'} right?"
        ) from error


def _outcome(future: "concurrent.futures.Future[list[Any]]") -> list[_Done]:
    from py4j.protocol import Py4JError

    try:
        landed = future.result()
    except (Py4JError, OSError) as error:
        again = "run the same command again, it goes on where it stopped"
        if re.search("stopped SparkContext|SparkContext has been shut ?down", str(error)):
            raise ColorizerError(
                f"Spark ended: its master did not answer (is --master right?), or left; {again}"
            ) from error
        raise ColorizerError(f"Spark gave up: {_cause(str(error))}; {again}") from error
    for each in landed:
        if isinstance(each, ColorizerError):
            raise each
    return landed


def _cause(text: str) -> str:
    """What went wrong, of a Java exception's pages: Python's own last line, if it was there."""
    lines = text.partition("Driver stacktrace:")[0].splitlines()
    told = [
        line.strip() for line in lines if line and not line.startswith((" ", "\t", "Traceback"))
    ]
    first = next((line for line in told if line.startswith(": ")), told[0] if told else "").strip(
        ": "
    )
    last = told[-1] if told and "Traceback" in text else ""
    return f"{first} {last}".strip()


@functools.cache
def _versions() -> dict[str, str]:
    return {"colorizer-tf": __version__} | {name: version(name) for name in PACKAGES}


def _check_versions(wanted: Mapping[str, str]) -> None:
    """Refuse what could give other bytes."""
    found = _versions()
    differences = [
        f"{name} {found.get(name)} there, {wanted[name]} here"
        for name in wanted
        if found.get(name) != wanted[name]
    ]
    if differences:
        raise ColorizerError(
            f"{socket.gethostname()} has other versions than the driver "
            f"({', '.join(differences)}): install the same ones on all machines"
        )
