"""Scores of several answers to one photo: the best, the mean, and how much they differ."""

import itertools

import numpy as np

from colorizer_tf import color
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.columns import VARIANT_COLUMNS
from colorizer_tf.evaluation.protocol import Photo
from colorizer_tf.inference.colorizer import Colorizer


def variant_scores(colorizer: Colorizer, photo: Photo, count: int, seed: int) -> dict[str, float]:
    """VARIANT_COLUMNS of one photo.

    Args:
        colorizer: a model that has variants.
        photo: prepared.
        count: of variants.
        seed: of the first one.

    Raises:
        ColorizerError: if the model gives one answer alone.
    """
    truth = color.rgb_to_lab(photo.truth)
    pictures = colorizer.variants(photo.gray, count, seed)
    labs = [color.rgb_to_lab(picture) for picture in pictures]
    errors = [float(ciede2000(truth, lab).mean()) for lab in labs]
    between = [float(ciede2000(*pair).mean()) for pair in itertools.combinations(labs, 2)]
    values = (min(errors), float(np.mean(errors)), float(np.mean(between)))
    return dict(zip(VARIANT_COLUMNS, values, strict=True))
