"""Bundles of tasks, large enough that Spark's own overhead is small beside them."""

import itertools
from collections.abc import Iterable
from typing import Any

# Spark takes 10 to 60 ms for each of its tasks, so bundles grow until they take this long; toward
# the end at least a tenth of it.
_SECONDS_A_BUNDLE, _LEAST_SHARE = 2.0, 0.1
_MOST_A_BUNDLE = 512
# In one Spark job; a killed driver loses what is in flight.
_BUNDLES_A_CORE = 8


class Bundler:
    """Bundles tasks, as many as take `_SECONDS_A_BUNDLE`."""

    def __init__(self, tasks: Iterable[Any], count: int) -> None:
        self._tasks, self._left, self._first = iter(tasks), count, 0
        self._size, self._fit = 1, 0

    def learn(self, tasks: int, seconds: float) -> None:
        """Adapt the size to the time that a bundle of `tasks` took."""
        self._fit = max(1, int(_SECONDS_A_BUNDLE * tasks / max(seconds, 1e-6)))
        # In steps, not on one measurement: the next tasks may be heavier.
        self._size = min(self._fit, 16 * self._size, _MOST_A_BUNDLE)

    def take(self, cores: int) -> list[tuple[int, list[Any]]]:
        """The bundles of one Spark job, as pairs of the number of the first task and the tasks."""
        bundles = []
        for _ in range(cores * (_BUNDLES_A_CORE if self._fit else 1)):
            # Smaller ones toward the end, so that all cores end together.
            least = int(self._fit * _LEAST_SHARE)
            size = max(1, min(self._size, max(self._left // (2 * cores), least)))
            bundle = list(itertools.islice(self._tasks, size))
            if not bundle:
                break
            bundles.append((self._first, bundle))
            self._first += len(bundle)
            self._left -= len(bundle)
        return bundles
