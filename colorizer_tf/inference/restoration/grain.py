"""Grain of film and of scans."""

import cv2
import numpy as np

# Of 255. Below the first nothing is done: the photo has as little as a good camera's.
_LEAST, _MOST = 2.0, 16.0
# Of the grain's standard deviation: light, as faces that look like wax are worse than grain.
_STRENGTH = 1.0
_PATCH, _SEARCH = 5, 15


def denoise(gray: np.ndarray) -> np.ndarray:
    """A photo with less grain, `(h, w)` of the same dtype: non-local means, as strong as its grain.

    Source: Buades, Coll and Morel 2005, as OpenCV has it.

    Args:
        gray: `(h, w)` uint8 or uint16.
    """
    unit = np.iinfo(gray.dtype).max / 255
    sigma = grain_of(gray) / unit
    if sigma < _LEAST or min(gray.shape) < _SEARCH:
        return gray
    strength = [float(_STRENGTH * min(sigma, _MOST) * unit)]
    # OpenCV compares 16-bit patches by absolute differences only.
    norm = cv2.NORM_L2 if gray.dtype == np.uint8 else cv2.NORM_L1
    smooth = cv2.fastNlMeansDenoising(
        np.ascontiguousarray(gray),
        strength,
        templateWindowSize=_PATCH,
        searchWindowSize=_SEARCH,
        normType=norm,
    )
    return np.asarray(smooth)


def grain_of(gray: np.ndarray) -> float:
    """The standard deviation of a photo's grain, in codes.

    Source: Immerkær 1996, with a median in place of its mean, so that edges do not count.

    Args:
        gray: `(h, w)`.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    high = np.abs(cv2.filter2D(gray.astype(np.float32), -1, mask))
    # The filter's noise gain is 6, and the median of a normal deviate's size 0.6745.
    return float(np.median(high)) / (6 * 0.6745)
