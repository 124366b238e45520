"""What a Python process of Spark does with a bundle of tasks."""

import functools
import gc
import socket
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from colorizer_tf.base.environment import PACKAGES
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.version import __version__


@dataclass(frozen=True)
class BundleResult:
    """The results of a bundle, the number of its first task, and its seconds."""

    first: int
    results: list[Any]
    seconds: float


@dataclass(frozen=True)
class BundleFunction:
    """A function of one task, called on bundles of them.

    Attributes:
        function: of one task.
        versions: of packages, as the driver has them.
        initializer: called once a process.
        threads: tasks at a time.
    """

    function: Callable[[Any], Any]
    versions: dict[str, str]
    initializer: Callable[[], None] | None
    threads: int

    def __call__(self, bundle: tuple[int, list[Any]]) -> BundleResult | ColorizerError:
        import cv2

        # Spark runs one process a core.
        cv2.setNumThreads(1)
        first, tasks = bundle
        start = time.perf_counter()
        # Returned, not raised: Spark would try it again, three times.
        try:
            _check_versions(self.versions)
            if self.initializer:
                _initialize(self.initializer)
            return BundleResult(first, self._results(tasks), time.perf_counter() - start)
        except ColorizerError as error:
            return error
        finally:
            _freeze_modules(len(sys.modules))

    def _results(self, tasks: list[Any]) -> list[Any]:
        if self.threads == 1:
            return [self.function(task) for task in tasks]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(self.function, tasks))


@functools.cache
def _initialize(initializer: Callable[[], None]) -> None:
    initializer()


@functools.cache
def _freeze_modules(_count: int) -> None:
    """Leave loaded modules out of garbage collections, once for each number of modules.

    After each of its tasks Spark collects garbage, which takes 0.3 s of a core where TensorFlow is
    loaded.
    """
    gc.collect()
    gc.freeze()


@functools.cache
def installed_versions() -> dict[str, str]:
    """Versions of the packages that decide the bytes of a result."""
    return {"colorizer-tf": __version__} | {name: version(name) for name in PACKAGES}


def _check_versions(wanted: Mapping[str, str]) -> None:
    """Refuse versions that could give other bytes."""
    found = installed_versions()
    differences = [
        f"{name} {found.get(name)} there, {wanted[name]} here"
        for name in wanted
        if found.get(name) != wanted[name]
    ]
    if differences:
        raise ColorizerError(
            f"{socket.gethostname()} has other versions than the driver "
            f"({', '.join(differences)}): install the same ones on all machines"
        )
