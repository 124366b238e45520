"""Where a film cuts from one scene to another."""

import cv2
import numpy as np

THUMBNAIL = (32, 18)
MIN_CHANGE = 5.0
MAX_CORRELATION = 0.6


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two neighboring frames show different scenes.

    A change of brightness (a flash, a fade) keeps thumbnails correlated, and a slow change keeps
    them alike: a cut does neither.

    Args:
        before: `(h, w)` float32, L* in [0, 100].
        after: the same of the next frame.
    """
    first, second = (
        cv2.resize(each, THUMBNAIL, interpolation=cv2.INTER_AREA) for each in (before, after)
    )
    if np.abs(first - second).mean() < MIN_CHANGE:
        return False
    first, second = (each - each.mean() for each in (first, second))
    spread = np.sqrt((first**2).mean() * (second**2).mean())
    # A frame of one gray has no structure that could correlate with another's.
    return bool(spread < 1.0 or (first * second).mean() / spread < MAX_CORRELATION)
