"""Processes that share the work: results come as they are done, an order is the caller's matter."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.records.readers import close_readers

# Starting a process and TensorFlow in it takes longer than this many small photos.
_PHOTOS_WORTH_A_WORKER = 64


def count_workers(asked: int | None, photos: int) -> int:
    """How many processes to use: as asked, else one a core, fewer for few photos."""
    return asked or max(1, min(os.cpu_count() or 1, photos // _PHOTOS_WORTH_A_WORKER))


class Pool(Protocol):
    """What shares the work of a build: a context, in which functions run over tasks.

    `Workers` is one; `colorizer_tf.records.spark.SparkPool` another.
    """

    def __enter__(self) -> "Pool":
        """Start."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def run(
        self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """Pairs of a task's number and `function(*task)`, as they are done.

        The functions are pure but for the files they write, each whole or not at all: a pool may
        run a task twice.

        Raises:
            ColorizerError: if the function does, or if the work cannot go on.
        """


class Workers:
    """A context in which functions run over tasks, in `count` processes or, for 1, in this one.

    Each process has a pipe of its own, and nothing else is shared. Unlike in a pool with queues,
    locks and threads, no death and no Ctrl-C at any moment can leave anybody waiting for ever:
    whoever is gone, the other end of the pipe is at its end.
    """

    def __init__(self, count: int) -> None:
        self._pipes: list[Connection] = []
        self._processes = []
        # Forking a process in which TensorFlow runs threads can hang.
        context = multiprocessing.get_context("spawn")
        for _ in range(count if count > 1 else 0):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._pipes.append(ours)
            self._processes.append(process)
            process.start()
            # Only with this copy closed does the pipe end when the process does.
            theirs.close()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        # After Ctrl-C or an error each finishes the task it is at.
        for process in self._processes:
            process.join()
        close_readers()

    def run(
        self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """Pairs of a task's number and `function(*task)`, as they are done.

        Raises:
            ColorizerError: if the function does, or if a process dies.
        """
        if not self._pipes:
            yield from ((number, function(*task)) for number, task in enumerate(tasks))
            return
        idle, busy = list(self._pipes), dict[Any, int]()
        waiting = iter(enumerate(tasks))
        while True:
            for number, task in waiting:
                pipe = idle.pop()
                _send(pipe, (function, task))
                busy[pipe] = number
                if not idle:
                    break
            if not busy:
                return
            ready: list[Any] = wait(list(busy))
            for pipe in ready:
                result = _receive(pipe)
                idle.append(pipe)
                yield busy.pop(pipe), result


def _send(pipe: Connection, task: Any) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise _death() from error


def _receive(pipe: Connection) -> Any:
    try:
        result = pipe.recv()
    except (EOFError, OSError) as error:
        raise _death() from error
    if isinstance(result, ColorizerError):
        raise result
    return result


def _death() -> ColorizerError:
    return ColorizerError(
        "a worker process died (killed, or out of memory): run the same command again, it goes on "
        "where it stopped; with fewer --workers if memory is short"
    )


def settle_in() -> None:
    """Make this process one of several that share a machine: one thread, no GPU, no messages."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import cv2

    cv2.setNumThreads(1)


def _serve(pipe: Connection) -> None:
    """What a process does: tasks, until the other end of the pipe is gone."""
    # Ctrl-C reaches every process of a terminal: the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settle_in()
    while True:
        try:
            function, task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            result = function(*task)
        except ColorizerError as error:
            result = error
        try:
            pipe.send(result)
        except OSError:
            return
