"""A Spark application that maps pure functions over tasks."""

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.execution.spark.application import check_installed, landed_of, start
from colorizer_tf.base.execution.spark.bundler import Bundler
from colorizer_tf.base.execution.spark.executor import Mapped, versions

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


# Spark jobs at a time: while the last bundles of one are at work, cores that are idle have those of
# the next.
_JOBS = 2


class SparkEngine:
    """A Spark application; a context, in which functions are mapped over tasks.

    Attributes:
        cores: of all executors, as far as they have come.
    """

    def __init__(
        self, master: str | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        """Say where; it starts with the context.

        Args:
            master: a master's URL, such as `spark://host:7077`, `yarn` or `local[4]`; by default
                as Spark's own settings say, else all cores of this machine.
            settings: more of Spark's settings, on top of `spark-defaults.conf`.

        Raises:
            UsageError: if it is a Spark Connect server's, which maps no functions.
        """
        if master and master.startswith("sc://"):
            raise UsageError(
                f"--master: received {master}, expected a master such as spark://HOST:7077, yarn, "
                "k8s://... or local[N]: Spark Connect cannot run this"
            )
        self._master, self._settings = master, dict(settings or {})
        self._context: Any = None
        self.cores = 0

    def __enter__(self) -> "SparkEngine":
        check_installed()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._context:
            self._context.stop()

    def map(
        self,
        work: Callable[[Sequence[_Task]], list[_Result]],
        tasks: Iterable[_Task],
        count: int,
    ) -> Iterator[tuple[int, _Result]]:
        """Pairs of a task's number and its result, as they come.

        Args:
            work: a pure function of several tasks, of which each machine knows the module: gives a
                result each. What it writes is whole or not there: Spark may do a task twice.
            tasks: picklable.
            count: how many they are.

        Raises:
            ColorizerError: if `work` does, if versions differ, or if Spark gives up.
        """
        if not count:
            return
        # Not before there is something to do: it takes seconds.
        self._context = self._context or start(self._master, self._settings)
        bundler = Bundler(tasks, count)
        mapped = Mapped(work, versions())
        flying: set[concurrent.futures.Future[list[Any]]] = set()
        with concurrent.futures.ThreadPoolExecutor(_JOBS) as threads:
            try:
                while True:
                    self.cores = max(1, int(self._context.defaultParallelism))
                    while len(flying) < _JOBS and (job := bundler.take(self.cores)):
                        flying.add(threads.submit(self._collect, mapped, job))
                    if not flying:
                        return
                    landed, flying = concurrent.futures.wait(
                        flying, return_when=concurrent.futures.FIRST_COMPLETED
                    )
                    for future in landed:
                        for done in landed_of(future):
                            bundler.learn(len(done.results), done.seconds)
                            yield from enumerate(done.results, done.first)
            finally:
                if flying:
                    self._cancel()

    def _collect(self, mapped: "Mapped", job: list[tuple[int, list[Any]]]) -> list[Any]:
        return list(self._context.parallelize(job, len(job)).map(mapped).collect())

    def _cancel(self) -> None:
        from py4j.protocol import Py4JError

        try:
            self._context.cancelAllJobs()
        # Stopped already, by Spark itself.
        except (Py4JError, OSError, AttributeError):
            return
