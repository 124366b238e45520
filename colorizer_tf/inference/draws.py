"""Colors drawn at random from a distribution over color classes, alike where the photo is alike.

Each pixel takes the color at a quantile of its own distribution. The quantiles form a smooth random
field over the place in the photo, its lightness and its mean color: what belongs together in these
has like quantiles, and the field changes where an object ends. It is a Gaussian process, drawn by
random Fourier features (Rahimi and Recht 2007), so that it costs the same at any size.
"""

import cv2
import numpy as np

from colorizer_tf.inference.distribution import ColorDistribution

# Twice the larger side, units of L*, units of compressed ab: the field changes over these. Over
# shorter ones in the photo one garment has patches of several colors.
LENGTH_SCALES = (2.0, 2.0, 30.0, 8.0, 8.0)
WAVES = 48
# In cells: hides the steps from class to class.
SMOOTHING = 0.6


def draw_ab(
    distribution: ColorDistribution, lightness: np.ndarray, seed: int, temperature: float
) -> np.ndarray:
    """A color for each pixel of a photo, `(height, width, 2)` float32.

    Args:
        distribution: that a network predicts for the photo.
        lightness: `(height, width)` of the photo at the network's scale, L* in [0, 100].
        seed: fixes the result; a whole number from 0.
        temperature: of the distribution.
    """
    centers = np.array(distribution.classes.centers, np.float32)
    likely = distribution.probabilities(temperature)
    rng = np.random.default_rng(seed)
    places = _places(distribution, likely, lightness)
    first, second = (_quantiles(places, rng) for _ in range(2))
    grid = likely.reshape(*likely.shape[:2], len(centers), len(centers))
    index, b = _at_quantile(grid.sum(axis=2), first, centers)
    given_b = np.take_along_axis(grid, index[..., None, None], axis=3)[..., 0]
    _, a = _at_quantile(given_b, second, centers)
    drawn = cv2.GaussianBlur(np.stack([a, b], axis=-1), (0, 0), SMOOTHING)
    return distribution.enlarged(distribution.classes.expand(drawn))


def _places(
    distribution: ColorDistribution, likely: np.ndarray, lightness: np.ndarray
) -> np.ndarray:
    """What the field is a function of, `(rows, columns, 5)`, each over its length scale."""
    rows, columns = likely.shape[:2]
    stride = distribution.classes.stride
    pads = [
        (0, count * stride - side)
        for count, side in zip((rows, columns), lightness.shape, strict=True)
    ]
    level = np.pad(lightness, pads, "edge").reshape(rows, stride, columns, stride).mean((1, 3))
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    mean = likely @ distribution.classes.compressed
    return np.stack([y, x, level, mean[..., 0], mean[..., 1]], axis=-1) / LENGTH_SCALES


def _quantiles(places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A draw of the field, in (0, 1): uniform at each place over the seeds."""
    directions = rng.standard_normal((places.shape[-1], WAVES))
    shifts, weights = rng.uniform(0, 2 * np.pi, WAVES), rng.standard_normal(WAVES)
    field = np.sqrt(2 / WAVES) * np.cos(places @ directions + shifts) @ weights
    # The normal distribution function within 0.0002 (Page 1977).
    return 1 / (1 + np.exp(-field * (1.5976 + 0.07056 * field * field)))


def _at_quantile(
    weights: np.ndarray, quantile: np.ndarray, centers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The class in which a quantile lies, and the value there: classes reach half way to others.

    Args:
        weights: of the classes along the last axis, of any sum.
        quantile: in (0, 1).
        centers: of the classes.
    """
    below = np.cumsum(weights, axis=-1)
    wanted = quantile * below[..., -1]
    index = np.minimum((below < wanted[..., None]).sum(axis=-1), len(centers) - 1)
    top, own = (
        np.take_along_axis(values, index[..., None], axis=-1)[..., 0] for values in (below, weights)
    )
    within = np.clip(1 - (top - wanted) / np.maximum(own, 1e-9), 0, 1)
    ends = np.concatenate([centers[:1], (centers[1:] + centers[:-1]) / 2, centers[-1:]])
    values = ends[index] + within * (ends[index + 1] - ends[index])
    return index, values.astype(np.float32)
