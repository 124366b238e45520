"""Building records on Spark."""

import functools
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from colorizer_tf.base.execution.spark import SparkEngine
from colorizer_tf.records.workers import settle_in


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
