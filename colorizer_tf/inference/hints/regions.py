"""Which places of a photo lie together, with no clear edge of L* between them.

A path between two places is as high as the strongest edge that it crosses. Below each of some
heights the photo falls into regions; places share those of all heights above the lowest path
between them. An edge counts relative to what is around it: texture does not part, a thin outline
does. Such a distance is an ultrametric, so what falls with it is a kernel, and so is its product
with another one.
"""

import cv2
import numpy as np

from colorizer_tf.color.merge.guided import window_mean

# Of L* a pixel: what is added to the mean step in a window of so many pixels around, by which each
# one is divided.
NOISE, AROUND = 2.0, 21
# Rows and columns to a pixel itself and its neighbors.
NEAR = ((0, 0), *((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x))
HEIGHTS = np.geomspace(0.3, 5, 16).astype(np.float32)
# The height over which less than half goes, and how fast that falls; tried on photos and drawings.
_HALF, _POWER = 1.2, 4
_PASSES = 1 / (1 + (HEIGHTS / _HALF) ** _POWER)
# What remains of the likeness of two places by the number of heights whose region they share.
# Regions nest, so these are the highest ones.
REMAINS = np.append(0, _PASSES[::-1] / _PASSES[0]).astype(np.float32)


def regions_of(lightness: np.ndarray) -> np.ndarray:
    """The region of each pixel at each height: `(heights, h * w)` int32, equal for the same one.

    A pixel on an edge belongs where the calmest pixel next to it does.

    Args:
        lightness: `(h, w)` L* at the network's scale.
    """
    steps = edges(lightness)
    calm = _calmest(steps)
    alone = -1 - np.arange(steps.size, dtype=np.int32)
    found = np.empty((len(HEIGHTS), steps.size), np.int32)
    for height, out in zip(HEIGHTS, found, strict=True):
        _, numbers = cv2.connectedComponents((steps < height).astype(np.uint8), connectivity=4)
        # What is not below the height is a region of its own.
        numbers = numbers.ravel()
        out[:] = np.where(numbers, numbers, alone)[calm]
    return found


def edges(lightness: np.ndarray) -> np.ndarray:
    """The step of L* at each pixel over the mean one around it: `(h, w)` float32."""
    level = np.pad(np.asarray(lightness, np.float32), 1, "edge")
    across = level[:-2] + 2 * level[1:-1] + level[2:]
    down = level[:, :-2] + 2 * level[:, 1:-1] + level[:, 2:]
    steps = np.hypot(across[:, 2:] - across[:, :-2], down[2:] - down[:-2]) / np.float32(4)
    return steps / (np.float32(NOISE) + window_mean(steps, AROUND))


def together(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """How far no edge parts n places from m: `(n, m)` float32 in [0, 1].

    Args:
        one: `(heights, n)` of `regions_of`.
        two: `(heights, m)`, of the same photo.
    """
    shared = np.zeros((one.shape[1], two.shape[1]), np.uint8)
    for mine, theirs in zip(one, two, strict=True):
        shared += mine[:, None] == theirs
    return REMAINS[shared]


def _calmest(steps: np.ndarray) -> np.ndarray:
    """For each pixel the index of the one with the least step among it and its neighbors."""
    height, width = steps.shape
    around = np.pad(steps, 1, constant_values=np.inf)
    index = np.arange(steps.size).reshape(steps.shape)
    near = [around[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in NEAR]
    chosen = np.array(NEAR)[np.argmin(near, axis=0)]
    return (index + chosen[..., 0] * width + chosen[..., 1]).ravel()
