"""Threads that share the work, and what keeps them from taking too much memory at once."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

# How long an interrupted run waits for photos that are being worked on.
_LAST_SECONDS = 2.0
# Waits are cut into pieces this long: on some systems Ctrl-C is not heard during one.
_LISTEN_SECONDS = 0.5


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Gate:
    """Lets work in while what is inside weighs at most a limit, in the order it came.

    What alone weighs more than the limit is let in when nothing else is inside.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._inside = limit, 0
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def holding(self, weight: int) -> Iterator[None]:
        """Wait to be let in; inside until the context ends."""
        weight = min(weight, self._limit)
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._inside + weight <= self._limit)
            self._inside += weight
        try:
            yield
        finally:
            with self._changed:
                self._inside -= weight
                self._changed.notify_all()


class Crew:
    """Threads; a context. After an error or Ctrl-C it waits for them for two seconds at most.

    Attributes:
        at_work: whether threads are still at work after the context has ended.
    """

    def __init__(self, threads: int, stop: Callable[[], None]) -> None:
        """Start.

        Args:
            threads: how many.
            stop: called when the context ends by an error: tells the functions to end early.
        """
        self.at_work = False
        self._threads, self._stop = threads, stop
        self._until = 0.0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="photos")
        self._pending: dict[Future[object], int] = {}

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            self._stop()
        self.at_work = bool(self._last()[1])

    def run(
        self, function: Callable[[_Job], _Result], jobs: Iterable[_Job]
    ) -> Iterator[tuple[int, _Result]]:
        """Pairs of a job's number and what the function gave, as they come.

        Jobs are taken a few ahead of the results, and nothing is kept of those that are done.

        Raises:
            KeyboardInterrupt: on Ctrl-C, after what comes in within two seconds.
        """
        try:
            for number, job in enumerate(jobs):
                self._pending[self._pool.submit(function, job)] = number
                if len(self._pending) >= 2 * self._threads:
                    yield from self._finished()
            while self._pending:
                yield from self._finished()
        except KeyboardInterrupt:
            self._stop()
            for future in self._last()[0]:
                yield self._pending.pop(future), future.result()  # type: ignore[misc]
            raise

    def _last(self) -> tuple[set[Future[object]], set[Future[object]]]:
        """What has begun and is done or not, after a last wait for it; nothing else begins."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._until = self._until or time.monotonic() + _LAST_SECONDS
        begun = [each for each in self._pending if not each.cancelled()]
        done, busy = wait(begun, max(self._until - time.monotonic(), 0))
        return done, busy

    def _finished(self) -> Iterator[tuple[int, _Result]]:
        for future in wait(self._pending, _LISTEN_SECONDS, FIRST_COMPLETED).done:
            yield self._pending.pop(future), future.result()  # type: ignore[misc]
