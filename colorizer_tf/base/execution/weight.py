"""A limit on what is worked on at once, by weight."""

import contextlib
import threading
from collections.abc import Iterator


class WeightLimit:
    """Admits work while the weight of what is inside stays within a limit, first come first served.

    What weighs more than the limit by itself is admitted when nothing else is inside.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._inside = limit, 0
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def holding(self, weight: int) -> Iterator[None]:
        """Wait for admission; the weight counts until the context ends."""
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
