"""Color that stops at edges: coarse ab follows the L* of the full-size photo.

The guided filter (He, Sun and Tang 2010) in its fast form (He and Sun 2015): within each small
window of the coarse picture ab is taken for a line over L*, whose slope is then applied to the full
L*. Departure from the papers: the line runs through the predicted ab itself, not through the
window's mean, so that the slope only adds what the coarse picture cannot show and blurs nothing.
"""

import cv2
import numpy as np

# Side of the window, in pixels of the coarse picture.
WINDOW = 3
# Of the window's L*, in squared units: what varies less is noise and gets no slope.
EPSILON = 6.0
# The steepest ab a unit of L*: at highlights the line would go on to colors that nobody predicted.
STEEPEST = 0.75


def guided_lines(lightness: np.ndarray, ab: np.ndarray, ab_stride: int = 1) -> np.ndarray:
    """The line of ab over L* at each pixel of a coarse picture.

    Args:
        lightness: `(h, w)` float32, L* in [0, 100].
        ab: `(h, w, 2)` float32.
        ab_stride: how much coarser than its size `ab` really is: networks that predict at half size
            and enlarge have 2. L* is blurred likewise, so that the slope brings that detail back.

    Returns:
        `(4, h, w)` float32: slope of a*, slope of b*, a* at L* = 0, b* at L* = 0.
    """
    blurred = _as_coarse(lightness, ab_stride)
    mean = window_mean(blurred)
    spread = window_mean(blurred * blurred) - mean * mean + EPSILON
    lines = np.empty((4, *lightness.shape), np.float32)
    for channel in range(2):
        values = np.ascontiguousarray(ab[..., channel])
        shared = window_mean(blurred * values) - mean * window_mean(values)
        slope = np.clip(window_mean(shared / spread), -STEEPEST, STEEPEST)
        lines[channel] = slope
        lines[2 + channel] = values - slope * blurred
    return lines


def sharpened(lightness: np.ndarray, ab: np.ndarray, ab_stride: int) -> np.ndarray:
    """Coarse ab with the detail that its lines give it at its own size: `(h, w, 2)` float32."""
    lines = guided_lines(lightness, ab, ab_stride)
    return np.stack([lines[i] * lightness + lines[2 + i] for i in range(2)], axis=-1)


def line_at(
    lightness: np.ndarray, ab: np.ndarray, at: np.ndarray, levels: np.ndarray
) -> np.ndarray:
    """The ab that the lines give places between the pixels of a coarse picture.

    Args:
        lightness: see `guided_lines`.
        ab: see `guided_lines`, of stride 1.
        at: `(n, 2)` rows and columns, within the picture.
        levels: `(n,)` L* of the full-size photo in these places.

    Returns:
        `(n, 2)` float32.
    """
    lines = guided_lines(lightness, ab)
    before = np.floor(at).astype(int)
    after = np.minimum(before + 1, np.array(lightness.shape) - 1)
    (v, u) = (at - before).T.astype(np.float32)
    upper = lines[:, before[:, 0], before[:, 1]] * (1 - u) + lines[:, before[:, 0], after[:, 1]] * u
    lower = lines[:, after[:, 0], before[:, 1]] * (1 - u) + lines[:, after[:, 0], after[:, 1]] * u
    there = upper * (1 - v) + lower * v
    return (there[:2] * levels + there[2:]).T


def window_mean(values: np.ndarray, side: int = WINDOW) -> np.ndarray:
    """The mean over the window; at the border, over the part of it that lies inside."""
    inside = cv2.boxFilter(np.ones_like(values), -1, (side, side), normalize=False, borderType=0)
    total = cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=0)
    return (total / inside).reshape(values.shape)


def _as_coarse(lightness: np.ndarray, stride: int) -> np.ndarray:
    """L* at a coarser size and back, in the way that `networks` enlarge their ab."""
    if stride == 1:
        return lightness
    height, width = lightness.shape
    lacking = (-height % stride, -width % stride)
    whole = np.pad(lightness, [(0, lacking[0]), (0, lacking[1])], "symmetric")
    small = whole.reshape(whole.shape[0] // stride, stride, -1, stride).mean(axis=(1, 3))
    large = small.repeat(stride, axis=0).repeat(stride, axis=1)
    return window_mean(large[:height, :width], 2 * stride - 1)
