"""The interface of all executors."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Self, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(ABC):
    """Calls a function on many tasks, several at a time; a context, which may be entered again.

    In the style of `concurrent.futures.Executor`, for millions of tasks: they are taken from their
    iterable as they are needed, and results are given as they come and not kept.

    Attributes:
        is_running: whether calls go on after the context has ended, as they may after Ctrl-C.
    """

    is_running = False

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._shutdown(failed=error is not None)

    @abstractmethod
    def map_unordered(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], count: int
    ) -> Iterator[tuple[int, Result]]:
        """Pairs of a task's number and `function(task)`, in the order of completion.

        Args:
            function: what it writes is whole or not there: an executor may run a task twice.
                Executors of other processes need it picklable.
            tasks: as picklable as the function.
            count: how many there are.

        Raises:
            ColorizerError: if the function does, or if the executor cannot go on.
        """

    @abstractmethod
    def _start(self) -> None:
        """Acquire what calls need."""

    @abstractmethod
    def _shutdown(self, *, failed: bool) -> None:
        """Release it; `failed` tells that the context ends by an error or Ctrl-C."""
