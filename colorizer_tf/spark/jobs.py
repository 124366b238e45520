"""The two jobs on Spark: building records, and colouring photos."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from colorizer_tf.batch.errand import Errand, colour_photos
from colorizer_tf.batch.photo import Job, Notes, PhotoResult, Stop
from colorizer_tf.batch.sweep import sweep
from colorizer_tf.records.workers import settle_in
from colorizer_tf.spark.engine import SparkEngine


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
