"""Coloring photos on Spark."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from colorizer_tf.base.execution.spark import SparkEngine
from colorizer_tf.base.files import remove_parts
from colorizer_tf.batch.errand import Errand, color_photos
from colorizer_tf.batch.photo import Job, Notes, PhotoResult, Stop


class SparkTeam:
    """What colors photos on Spark: the team of `batch.run.colorize_with`.

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
            remove_parts(folder)

    def color(
        self, jobs: Iterable[Job], count: int, notes: Notes, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """See `batch.team.Team`."""
        work = functools.partial(color_photos, self._errand, folder.absolute())
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
