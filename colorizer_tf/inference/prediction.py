"""The color that a model predicts for one photo, before it is merged onto the photo."""

from dataclasses import dataclass

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.distribution import ColorDistribution


@dataclass(frozen=True)
class Prediction:
    """A photo at the network's scale, and its predicted color.

    What changes colors (variants, palettes, the smoothing of films) gives another one of these, by
    `dataclasses.replace`.

    Attributes:
        lightness: `(h, w)` float32, L* in [0, 100].
        ab: `(h, w, 2)` float32, finite: a* and b*.
        ab_stride: how much coarser than its size `ab` really is; see `color.merge.guided`.
        hint_features: `(rows, columns, channels)` float32, by which hints spread, of the photo
            lengthened as for the distribution; None of a network without them.
        likely: of a model that draws `ab` at random, a distribution that tells how sure it is.
        distribution: which `ab` is the annealed mean of; None of a network that gives none.
    """

    lightness: np.ndarray
    ab: np.ndarray
    ab_stride: int = 1
    distribution: ColorDistribution | None = None
    hint_features: np.ndarray | None = None
    likely: ColorDistribution | None = None

    def confidence(self) -> np.ndarray:
        """How sure the model is of the color: `(h, w)` float32 in [0, 1], 1 is sure.

        Raises:
            ColorizerError: if the model does not tell.
        """
        distribution = self.distribution or self.likely
        if distribution is None:
            raise ColorizerError(
                "the model predicts one color, not a distribution, and does not tell how sure it "
                "is: choose another --model, such as cnn"
            )
        return distribution.confidence()
