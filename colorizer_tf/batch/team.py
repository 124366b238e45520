"""Who colors a run's photos: threads of this process, or what else keeps to the same protocol."""

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import Job, Notes, Painter, PhotoResult, Stop
from colorizer_tf.batch.workers import Crew

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

# Threads beyond those at work: they read the next photos, and wait until the disk has the last
# ones, several at once, which takes it hardly longer than one.
_WAITING = 12


class Team(Protocol):
    """A context. `Threads` is one; `colorizer_tf.batch.spark.SparkTeam` another.

    Attributes:
        stop: tells it to end early, and why.
    """

    stop: Stop

    @property
    def at_work(self) -> bool:
        """Whether it is still busy with a photo after the context has ended."""

    def __enter__(self) -> "Team":
        """Start."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; after an error or Ctrl-C, early."""

    def color(
        self, jobs: Iterable[Job], count: int, notes: Notes, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """Pairs of a job's number and what became of the photo, as they come.

        Args:
            jobs: the photos.
            count: how many they are.
            notes: are told of each that is done: the folder's index.
            folder: under which the outputs go.
        """


class Threads:
    """A team of threads in this process."""

    def __init__(self, colorizer: "Colorizer", options: ColorizeOptions, workers: int) -> None:
        """Start.

        Args:
            colorizer: the model.
            options: how to color.
            workers: photos at a time.
        """
        self.stop = Stop()
        self._painter = Painter(colorizer, options, workers=workers, stop=self.stop)
        self._crew = Crew(workers + _WAITING, self.stop.now)

    @property
    def at_work(self) -> bool:
        """Whether threads are still at work after the context has ended."""
        return self._crew.at_work

    def __enter__(self) -> "Threads":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._crew.__exit__(kind, error, trace)

    def color(
        self,
        jobs: Iterable[Job],
        count: int,  # noqa: ARG002 - of the protocol
        notes: Notes,
        folder: Path,
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """See `Team`."""
        one = functools.partial(self._painter.color, notes=notes, folder=folder)
        return self._crew.run(one, jobs)
