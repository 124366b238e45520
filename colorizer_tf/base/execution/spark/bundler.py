"""Tasks tied together, so that Spark's own work on each bundle is small beside theirs."""

import itertools
from collections.abc import Iterable
from typing import Any

# Spark takes 10 to 60 ms for each of its tasks: ours are tied together until they take so long, and
# toward the end at least a tenth of it.
_SECONDS_A_BUNDLE, _LEAST_SHARE = 2.0, 0.1
_MOST_A_BUNDLE = 512
# In one Spark job. What is in flight is all that a killed driver loses.
_BUNDLES_A_CORE = 8


class Bundler:
    """Ties tasks together, as many as take a time worth Spark's own."""

    def __init__(self, tasks: Iterable[Any], count: int) -> None:
        self._tasks, self._left, self._first = iter(tasks), count, 0
        self._size, self._fit = 1, 0

    def learn(self, tasks: int, seconds: float) -> None:
        """Take in how long a bundle took."""
        self._fit = max(1, int(_SECONDS_A_BUNDLE * tasks / max(seconds, 1e-6)))
        # Not on one bundle's word alone: the next ones may be heavier.
        self._size = min(self._fit, 16 * self._size, _MOST_A_BUNDLE)

    def take(self, cores: int) -> list[tuple[int, list[Any]]]:
        """The bundles of one Spark job, each with the number of its first task."""
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
