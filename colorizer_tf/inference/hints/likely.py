"""Colors that are likely in a place of a photo, for people to choose from."""

import numpy as np

from colorizer_tf.inference.hints.colors import as_hex
from colorizer_tf.inference.hints.points import lightness_at
from colorizer_tf.inference.prediction import Prediction

# Colors closer than this in ab are one to choose.
_APART = 12.0


def likely_colors(
    prediction: Prediction, pixels: np.ndarray, place: tuple[float, float], count: int = 8
) -> list[str]:
    """The likeliest colors in a place that differ, in the photo's lightness there, as `#rrggbb`.

    Args:
        prediction: of the photo.
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB.
        place: row and column in it.
        count: at most so many; without a distribution it is the predicted color alone.
    """
    row, column = (
        int(at * small / large)
        for at, small, large in zip(
            place, prediction.lightness.shape, pixels.shape[:2], strict=True
        )
    )
    chosen = [prediction.ab[row, column]]
    if prediction.distribution:
        classes, logits = prediction.distribution.classes, prediction.distribution.logits
        order = np.argsort(-logits[row // classes.stride, column // classes.stride], kind="stable")
        for ab in classes.expand(classes.compressed)[order]:
            if len(chosen) == count:
                break
            if min(np.hypot(*(ab - other)) for other in chosen) > _APART:
                chosen.append(ab)
    lightness = lightness_at(pixels, place)
    return list(dict.fromkeys(as_hex(lightness, ab) for ab in chosen))
