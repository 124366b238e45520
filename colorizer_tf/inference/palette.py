"""A photo's colors drawn toward a palette, at the photo's own lightness."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from colorizer_tf.inference.hints.colors import parse_lab
from colorizer_tf.inference.prediction import Prediction

MAX_COLORS = 64
# How far a color is drawn, and the chroma of one that is drawn half so far: what is nearly neutral
# stays so.
SHARE, HALF_CHROMA = 0.8, 3.0
# Of a* and b*, and of L*: colors of the palette that are nearer count for more. L* tells less.
_AB_REACH, _LIGHTNESS_REACH = 12.0, 30.0


def drawn_toward(prediction: Prediction, palette: Sequence[str]) -> Prediction:
    """The prediction with its colors drawn toward those of a palette that are like them.

    Args:
        prediction: of a photo.
        palette: colors as of hints, of which L* tells where they are likely.
    """
    colors = np.array([parse_lab(color) for color in palette], np.float32)
    ab = prediction.ab
    far = np.square(ab[..., None, :] - colors[:, 1:]).sum(-1) / _AB_REACH**2
    far += np.square((prediction.lightness[..., None] - colors[:, 0]) / _LIGHTNESS_REACH)
    near = np.exp((far.min(axis=-1, keepdims=True) - far) / 2)
    wanted = (near / near.sum(axis=-1, keepdims=True)) @ colors[:, 1:]
    chroma = np.hypot(ab[..., :1], ab[..., 1:])
    share = SHARE * chroma / (chroma + HALF_CHROMA)
    drawn = (ab + share * (wanted - ab)).astype(np.float32)
    return dataclasses.replace(prediction, ab=drawn)
