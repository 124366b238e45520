"""Processes of this machine as an executor."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution.executor import Executor, Result, Task


class ProcessExecutor(Executor):
    """Processes, each with a pipe of its own and nothing else shared; one worker is this process.

    Unlike with `concurrent.futures.ProcessPoolExecutor`, with its queues, locks and threads, no
    death of a process and no Ctrl-C can leave another one waiting forever: when either end of a
    pipe is gone, the other one reads its end.
    """

    def __init__(self, workers: int) -> None:
        """Create it; the processes start with the context."""
        self._workers = workers
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []

    def map_unordered(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        count: int,  # noqa: ARG002 - of the interface
    ) -> Iterator[tuple[int, Result]]:
        """See `Executor`."""
        if not self._pipes:
            yield from ((number, function(task)) for number, task in enumerate(tasks))
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

    def _start(self) -> None:
        # Forking a process in which TensorFlow runs threads can hang.
        context = multiprocessing.get_context("spawn")
        for _ in range(self._workers if self._workers > 1 else 0):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._pipes.append(ours)
            self._processes.append(process)
            process.start()
            # Only with this copy closed does the pipe end when the process does.
            theirs.close()

    def _shutdown(self, *, failed: bool) -> None:  # noqa: ARG002 - of the interface
        while self._pipes:
            self._pipes.pop().close()
        # After Ctrl-C or an error each process finishes its task first.
        while self._processes:
            self._processes.pop().join()


def _send(pipe: Connection, message: Any) -> None:
    try:
        pipe.send(message)
    except OSError as error:
        raise _worker_died() from error


def _receive(pipe: Connection) -> Any:
    try:
        result = pipe.recv()
    except (EOFError, OSError) as error:
        raise _worker_died() from error
    if isinstance(result, ColorizerError):
        raise result
    return result


def _worker_died() -> ColorizerError:
    return ColorizerError(
        "a worker process died (killed, or out of memory): run the same command again, it goes on "
        "where it stopped; with fewer --workers if memory is short"
    )


def use_one_core() -> None:
    """Make this process one of several that share a machine: one thread, no GPU, no messages."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import cv2

    cv2.setNumThreads(1)


def _serve(pipe: Connection) -> None:
    """Run tasks until the other end of the pipe is gone."""
    # Ctrl-C reaches every process of a terminal; the parent decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_one_core()
    while True:
        try:
            function, task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            result = function(task)
        except ColorizerError as error:
            result = error
        try:
            pipe.send(result)
        except OSError:
            return
