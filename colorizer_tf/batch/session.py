"""What colors the photos of a run: one model, one set of options, an executor."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf.base.execution import Executor, ThreadExecutor
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import PhotoWorker
from colorizer_tf.batch.request import ColorizeRequest, color_photo
from colorizer_tf.batch.task import FinishedLog, PhotoResult, PhotoTask, Stop

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer

# Threads beyond those that color: they read the next photos and flush the last ones to the disk,
# several at once, which takes it hardly longer than one.
WAITING_THREADS = 12


class Session(ABC):
    """Colors photos on an executor.

    Attributes:
        executor: a context, in which `color` may be called.
        stop: ends the run early, and says why.
    """

    executor: Executor
    stop: Stop

    @abstractmethod
    def load_colorizer(self) -> "Colorizer":
        """The model, for what this process colors itself."""

    @abstractmethod
    def color(
        self, tasks: Iterable[PhotoTask], count: int, log: FinishedLog, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """Pairs of a task's number and what became of the photo, in the order of completion.

        Args:
            tasks: the photos.
            count: how many there are.
            log: where finished photos are noted: the folder's index.
            folder: the outputs go below it.
        """


class LocalSession(Session):
    """Colors photos in threads of this process."""

    def __init__(self, colorizer: "Colorizer", options: ColorizeOptions, workers: int) -> None:
        """Create it.

        Args:
            colorizer: the model.
            options: of the command.
            workers: photos at a time.
        """
        self.stop = Stop()
        self.executor = ThreadExecutor(workers + WAITING_THREADS, self.stop.set)
        self._worker = PhotoWorker(colorizer, options, workers=workers, stop=self.stop)

    def load_colorizer(self) -> "Colorizer":
        """See `Session`."""
        return self._worker.colorizer

    def color(
        self, tasks: Iterable[PhotoTask], count: int, log: FinishedLog, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """See `Session`."""
        self._worker.expect(count)
        function = functools.partial(self._worker.color, log=log, folder=folder)
        return self.executor.map_unordered(function, tasks, count)


class RemoteSession(Session):
    """Colors photos in other processes, which load the model themselves.

    Attributes:
        runtime: what runs the network, known when a photo is done.
    """

    def __init__(self, executor: Executor, request: ColorizeRequest) -> None:
        """Create it.

        Args:
            executor: such as a `SparkExecutor` with `WAITING_THREADS + 1` threads.
            request: what is the same for all photos.
        """
        self.executor, self.stop = executor, Stop()
        self.runtime = request.runtime
        self._request = request

    def load_colorizer(self) -> "Colorizer":
        """See `Session`."""
        from colorizer_tf.inference.colorizer import Colorizer

        request = self._request
        return Colorizer(
            request.model, runtime=request.runtime, threads=1, **vars(request.prediction)
        )

    def color(
        self, tasks: Iterable[PhotoTask], count: int, log: FinishedLog, folder: Path
    ) -> Iterator[tuple[int, PhotoResult | None]]:
        """See `Session`."""
        function = functools.partial(color_photo, self._request, folder.absolute())
        for number, done in self.executor.map_unordered(function, tasks, count):
            result, finished = done.result, done.finished
            self.runtime = done.runtime
            if finished:
                log.finish(finished)
            if result and result.output and finished:
                # By the folder's name as the user gave it.
                result = replace(result, output=folder / list(finished.outputs)[-1])
            if done.stopped:
                self.stop.set(done.stopped)
            yield number, result
            if self.stop.is_set:
                return
