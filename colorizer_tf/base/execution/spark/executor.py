"""What an executor of Spark does with a bundle of tasks."""

import functools
import gc
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from colorizer_tf.base.environment import PACKAGES
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.version import __version__


@dataclass(frozen=True)
class Done:
    """A bundle's results, the number of its first task, and how long it took."""

    first: int
    results: list[Any]
    seconds: float


@dataclass(frozen=True)
class Mapped:
    """A function of several tasks, and the versions that it is to run with."""

    work: Callable[[Sequence[Any]], list[Any]]
    versions: dict[str, str]

    def __call__(self, bundle: tuple[int, list[Any]]) -> Done | ColorizerError:
        import cv2

        # Spark runs a process a core.
        cv2.setNumThreads(1)
        first, tasks = bundle
        start = time.perf_counter()
        # Returned, not raised: Spark would try it again, three times.
        try:
            _check_versions(self.versions)
            return Done(first, self.work(tasks), time.perf_counter() - start)
        except ColorizerError as error:
            return error
        finally:
            _spare_modules(len(sys.modules))


@functools.cache
def _spare_modules(_count: int) -> None:
    """Leave what was loaded out of garbage collections, once for each number of modules.

    After each of its tasks Spark collects garbage, which takes 0.3 s of a core where TensorFlow is
    loaded.
    """
    gc.collect()
    gc.freeze()


@functools.cache
def versions() -> dict[str, str]:
    """What decides the bytes."""
    return {"colorizer-tf": __version__} | {name: version(name) for name in PACKAGES}


def _check_versions(wanted: Mapping[str, str]) -> None:
    """Refuse what could give other bytes."""
    found = versions()
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
