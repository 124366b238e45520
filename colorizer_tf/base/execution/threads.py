"""Threads of this process as an executor."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from colorizer_tf.base.execution.executor import Executor, Result, Task

# How long an interrupted run waits for the calls that have begun.
_LAST_SECONDS = 2.0
# Waits are cut into pieces this long: on some systems Ctrl-C does not end a longer one.
_WAIT_SECONDS = 0.5


def count_cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ThreadExecutor(Executor):
    """Threads; after an error or Ctrl-C they are waited for at most two seconds."""

    def __init__(self, threads: int, cancel: Callable[[], None]) -> None:
        """Create it; the threads start with the context.

        Args:
            threads: how many.
            cancel: called when the context ends by an error; makes running calls return early.
        """
        self._threads, self._cancel = threads, cancel
        self._deadline = 0.0
        self._pending: dict[Future[Any], int] = {}

    def map_unordered(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        count: int,  # noqa: ARG002 - of the interface
    ) -> Iterator[tuple[int, Result]]:
        """See `Executor`; also gives what completes within two seconds after Ctrl-C."""
        try:
            for number, task in enumerate(tasks):
                self._pending[self._pool.submit(function, task)] = number
                if len(self._pending) >= 2 * self._threads:
                    yield from self._completed()
            while self._pending:
                yield from self._completed()
        except KeyboardInterrupt:
            self._cancel()
            for future in self._last()[0]:
                yield self._pending.pop(future), future.result()
            raise

    def _start(self) -> None:
        self.is_running = False
        self._deadline = 0.0
        self._pending.clear()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="tasks")

    def _shutdown(self, *, failed: bool) -> None:
        if failed:
            self._cancel()
        self.is_running = bool(self._last()[1])

    def _last(self) -> tuple[set[Future[Any]], set[Future[Any]]]:
        """Calls that had begun: those done and those still running after a last wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._deadline = self._deadline or time.monotonic() + _LAST_SECONDS
        begun = [future for future in self._pending if not future.cancelled()]
        done, running = wait(begun, max(self._deadline - time.monotonic(), 0))
        return done, running

    def _completed(self) -> Iterator[tuple[int, Any]]:
        for future in wait(self._pending, _WAIT_SECONDS, FIRST_COMPLETED).done:
            yield self._pending.pop(future), future.result()
