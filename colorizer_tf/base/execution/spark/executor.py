"""A Spark application as an executor."""

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.execution.executor import Executor, Result, Task
from colorizer_tf.base.execution.spark.application import check_installed, results_of, start
from colorizer_tf.base.execution.spark.bundler import Bundler
from colorizer_tf.base.execution.spark.bundles import BundleFunction, installed_versions

# Spark jobs at a time: while the last bundles of one run, idle cores run those of the next.
_JOBS = 2


class SparkExecutor(Executor):
    """A Spark application, started when there is something to do.

    Attributes:
        cores: of all Spark executors, as far as they have registered.
    """

    def __init__(
        self,
        master: str | None = None,
        settings: Mapping[str, str] | None = None,
        *,
        initializer: Callable[[], None] | None = None,
        threads: int = 1,
    ) -> None:
        """Create it.

        Args:
            master: a master's URL, such as `spark://host:7077`, `yarn` or `local[4]`; by default
                that of Spark's own settings, else all cores of this machine.
            settings: more of Spark's settings, on top of `spark-defaults.conf`.
            initializer: called in each Python process of Spark before its tasks.
            threads: tasks at a time in each of these processes.

        Raises:
            UsageError: if the master is a Spark Connect server, which cannot run functions.
        """
        if master and master.startswith("sc://"):
            raise UsageError(
                f"--master: received {master}, expected a master such as spark://HOST:7077, yarn, "
                "k8s://... or local[N]: Spark Connect cannot run this"
            )
        self._master, self._settings = master, dict(settings or {})
        self._initializer, self._threads = initializer, threads
        self._context: Any = None
        self.cores = 0

    def map_unordered(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], count: int
    ) -> Iterator[tuple[int, Result]]:
        """See `Executor`; also raises `ColorizerError` if the versions of packages differ."""
        if not count:
            return
        # Not before there is something to do: it takes seconds.
        self._context = self._context or start(self._master, self._settings)
        bundler = Bundler(tasks, count)
        call = BundleFunction(function, installed_versions(), self._initializer, self._threads)
        pending: set[concurrent.futures.Future[list[Any]]] = set()
        with concurrent.futures.ThreadPoolExecutor(_JOBS) as threads:
            try:
                while True:
                    self.cores = max(1, int(self._context.defaultParallelism))
                    while len(pending) < _JOBS and (job := bundler.take(self.cores)):
                        pending.add(threads.submit(self._collect, call, job))
                    if not pending:
                        return
                    done, pending = concurrent.futures.wait(
                        pending, return_when=concurrent.futures.FIRST_COMPLETED
                    )
                    for future in done:
                        for bundle in results_of(future):
                            bundler.learn(len(bundle.results), bundle.seconds)
                            yield from enumerate(bundle.results, bundle.first)
            finally:
                if pending:
                    self._cancel()

    def _start(self) -> None:
        check_installed()

    def _shutdown(self, *, failed: bool) -> None:  # noqa: ARG002 - of the interface
        if self._context:
            self._context.stop()
            self._context = None

    def _collect(self, call: BundleFunction, job: list[tuple[int, list[Any]]]) -> list[Any]:
        return list(self._context.parallelize(job, len(job)).map(call).collect())

    def _cancel(self) -> None:
        from py4j.protocol import Py4JError

        try:
            self._context.cancelAllJobs()
        # Spark itself has stopped already.
        except (Py4JError, OSError, AttributeError):
            return
