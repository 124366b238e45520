"""Motion between neighboring frames, and where it can be trusted."""

import functools
import threading
from typing import NamedTuple

import cv2
import numpy as np

# Lengths of motion, in pixels, that may disagree before a pixel counts as occluded; the relative
# part is that of Sundaram et al., Dense Point Trajectories by GPU-accelerated Large Displacement
# Optical Flow, ECCV 2010.
MAX_ERROR = 0.5
RELATIVE_ERROR = 0.01
# L* of the same point in two frames, in standard deviations of which trust falls.
LIGHTNESS_SIGMA = 6.0
# DIS looks at patches of 8 px on a pyramid: smaller frames have no room for one.
MIN_SIDE = 16


class Link(NamedTuple):
    """How a frame gets a neighbor's values.

    Attributes:
        flow: `(h, w, 2)` float32: where each pixel of the frame lies in the neighbor, less its own
            place.
        trust: `(h, w)` float32 in [0, 1]; 0 where the neighbor does not show the pixel.
    """

    flow: np.ndarray
    trust: np.ndarray


def link(frame: np.ndarray, neighbor: np.ndarray) -> tuple[Link, Link]:
    """The links of two frames of one shot, each to the other: `(frame's, neighbor's)`.

    Args:
        frame: `(h, w)` float32, L* in [0, 100].
        neighbor: the same of the frame before or after.
    """
    there, back = _flow(frame, neighbor), _flow(neighbor, frame)
    return (
        Link(there, _trust(frame, neighbor, there, back)),
        Link(back, _trust(neighbor, frame, back, there)),
    )


def warp(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """A neighbor's `(h, w)` or `(h, w, c)` values where a frame's pixels lie in it."""
    places = flow + _grid(*flow.shape[:2])
    return cv2.remap(values, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _flow(frame: np.ndarray, neighbor: np.ndarray) -> np.ndarray:
    if min(frame.shape) < MIN_SIDE:
        return np.zeros((*frame.shape, 2), np.float32)
    first, second = (np.rint(each * 2.55).astype(np.uint8) for each in (frame, neighbor))
    return _estimator().calc(first, second, None)


# One for each thread: it holds buffers, and two threads in one of them crash.
_estimators = threading.local()


def _estimator() -> cv2.DISOpticalFlow:
    if not hasattr(_estimators, "kept"):
        preset = cv2.DISOPTICAL_FLOW_PRESET_FAST
        _estimators.kept = cv2.DISOpticalFlow.create(preset)
    return _estimators.kept


def _trust(
    frame: np.ndarray, neighbor: np.ndarray, there: np.ndarray, back: np.ndarray
) -> np.ndarray:
    seen = warp(np.dstack([back, neighbor]), there)
    error = _squared(there + seen[..., :2])
    visible = error <= RELATIVE_ERROR * (_squared(there) + _squared(seen[..., :2])) + MAX_ERROR
    x, y = np.moveaxis(there + _grid(*frame.shape), -1, 0)
    inside = (x >= 0) & (y >= 0) & (x <= frame.shape[1] - 1) & (y <= frame.shape[0] - 1)
    alike = np.exp(np.square(frame - seen[..., 2]) * np.float32(-0.5 / LIGHTNESS_SIGMA**2))
    return alike * (visible & inside)


def _squared(flow: np.ndarray) -> np.ndarray:
    """Squared lengths: by channel, as sums over so short an axis are slow."""
    return flow[..., 0] ** 2 + flow[..., 1] ** 2


@functools.lru_cache(maxsize=4)
def _grid(height: int, width: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
