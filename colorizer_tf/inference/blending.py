"""Two predictions of one photo as one: what is seen at the trained scale, with finer detail.

Beyond the scale that it was trained at a network sees less of a photo at once, and guesses one
thing here and another there. The mean with what it sees of the whole keeps such patches down.
"""

import dataclasses

import cv2
import numpy as np

from colorizer_tf.inference.distribution import log_probabilities
from colorizer_tf.inference.prediction import Prediction


def blended(coarse: Prediction, fine: Prediction, temperature: float) -> Prediction:
    """The geometric mean of both distributions over color, at the scale of the finer one.

    It is sure where both are: where they disagree, color is weaker rather than wrong.

    Args:
        coarse: at the trained scale, with a distribution.
        fine: of the same photo, with a distribution over the same classes.
        temperature: of the mean, see `ColorDistribution.ab`.
    """
    if coarse.distribution is None or fine.distribution is None:
        raise ValueError("expected predictions with a distribution")
    likely = log_probabilities(fine.distribution.logits)
    rows, columns = (
        # Both grids have cells of as many pixels, and go on beyond the photo's end.
        ((np.arange(count) + 0.5) * (small / large) - 0.5).astype(np.float32)
        for count, small, large in zip(
            likely.shape, coarse.lightness.shape, fine.lightness.shape, strict=False
        )
    )
    seen = _values_at(log_probabilities(coarse.distribution.logits), rows, columns)
    distribution = dataclasses.replace(fine.distribution, logits=(seen + likely) / 2)
    return dataclasses.replace(fine, ab=distribution.ab(temperature), distribution=distribution)


def _values_at(grid: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    x, y = np.meshgrid(columns, rows)
    # A plane at a time: OpenCV maps pictures of few channels.
    planes = [
        cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for plane in np.ascontiguousarray(np.moveaxis(grid, -1, 0))
    ]
    return np.stack(planes, axis=-1)
