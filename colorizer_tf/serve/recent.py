"""The photos that people are giving colors to, in memory for a while: each click is a request."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable

from colorizer_tf import images
from colorizer_tf.inference.prediction import Prediction

_MAX_PHOTOS, _MAX_VALUES = 16, 200_000_000
Known = tuple[images.Photo, Prediction]


class RecentPhotos:
    """The photos used last, with what was predicted for them. Threads may share it.

    Args:
        keep_seconds: after which an unused photo is forgotten.
    """

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[float, Known]] = OrderedDict()

    def get(self, key: Hashable) -> Known | None:
        """What is kept under the key, if anything."""
        with self._lock:
            self._forget()
            found = self._known.pop(key, None)
            if found is None:
                return None
            self._known[key] = (time.monotonic(), found[1])
            return found[1]

    def put(self, key: Hashable, known: Known) -> None:
        """Keep a photo; those that were used longest ago give way."""
        with self._lock:
            self._known[key] = (time.monotonic(), known)
            self._forget()

    def _forget(self) -> None:
        oldest = time.monotonic() - self._keep_seconds
        while self._known:
            used, _ = next(iter(self._known.values()))
            values = sum(photo.pixels.size for _, (photo, _) in self._known.values())
            if used > oldest and len(self._known) <= _MAX_PHOTOS and values <= _MAX_VALUES:
                return
            self._known.popitem(last=False)
