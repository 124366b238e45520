"""Colors carried over from a reference, a color photo of the same things.

Its pixels are hints without a place: what the model predicts of its lightness is compared with its
true colors, and the differences are carried to where the photo looks like it, by the kernel that
hints spread by. Where nothing is alike nothing is carried. Models without features for hints
compare the statistics of predicted color and L*.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.hints.kernel import KernelSettings, Places, likeness, places_of
from colorizer_tf.inference.photos import as_codes, read_pixels
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest

# Pixels of the reference that are compared; and of each one's variance what only it says.
_PIXELS, _NOISE = 400, 0.5
# Weight of L*, larger than in hints: no position tells things of one kind apart.
_LIGHTNESS = 2.4

# A file's path, its content's digest, and what is asked of the model.
ReferenceKey = tuple[str, str, PredictionRequest | None]


@dataclass(frozen=True)
class Reference:
    """A color photo at the network's scale.

    Attributes:
        prediction: of its lightness alone.
        ab: `(h, w, 2)` its true a* and b*.
    """

    prediction: Prediction
    ab: np.ndarray

    @classmethod
    def of(cls, rgb: np.ndarray, prediction: Prediction) -> "Reference":
        """The reference of a photo `(h, w, 3)` uint8 or uint16, and of what is predicted for it."""
        height, width = prediction.lightness.shape
        small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
        return cls(prediction, color.rgb_to_lab(small)[..., 1:].reshape(height, width, 2))


class LastReference:
    """The last reference that was read, for runs that give all photos the same one."""

    def __init__(self) -> None:
        self._known: tuple[ReferenceKey, Reference] | None = None

    def get(self, key: ReferenceKey, predict: Callable[[np.ndarray], Prediction]) -> Reference:
        """The reference of a color photo.

        Args:
            key: the file's path first, then all else that it depends on.
            predict: gives the prediction of its pixels.

        Raises:
            ImageError: if it is no photo; the message is the reason.
            ColorizerError: if it is gray.
        """
        known = self._known
        if known is None or known[0] != key:
            pixels = as_codes(read_pixels(key[0]))
            if pixels.ndim == 2:
                raise ColorizerError(f"reference: {key[0]} is gray, expected color")
            known = self._known = key, Reference.of(pixels, predict(pixels))
        return known[1]


def carried_over(
    prediction: Prediction, reference: Reference, settings: KernelSettings | None
) -> tuple[Prediction, float]:
    """The prediction with the reference's colors, and the share of the photo that matches it.

    Args:
        prediction: of the photo.
        reference: where colors come from.
        settings: see `places_of`.
    """
    count = reference.prediction.lightness.size
    chosen = np.unique(np.linspace(0, count - 1, min(count, _PIXELS)).astype(int))
    if settings:
        settings = dataclasses.replace(settings, lightness=(_LIGHTNESS,) * len(settings.lightness))
    theirs = _anywhere(places_of(reference.prediction, settings))[chosen]
    ours = _anywhere(places_of(prediction, settings))
    among = likeness(theirs, theirs).astype(np.float64)
    among[np.diag_indices_from(among)] *= 1 + _NOISE
    solved, across = np.linalg.inv(among), likeness(ours, theirs)
    differences = (reference.ab - reference.prediction.ab).reshape(-1, 2)[chosen]
    moved = across @ (solved @ differences).astype(np.float32)
    # The share of each pixel's variance that the reference explains.
    known = ((across @ solved.astype(np.float32)) * across).sum(axis=1)
    known /= np.square(ours.amplitudes).sum(axis=0)
    ab = prediction.ab + moved.reshape(prediction.ab.shape)
    return dataclasses.replace(prediction, ab=ab), float(np.clip(known, 0, 1).mean())


def _anywhere(places: Places) -> Places:
    """The places without their positions and edges, which are of different photos."""
    return Places(np.ascontiguousarray(places.coordinates[..., :-2]), places.amplitudes)
