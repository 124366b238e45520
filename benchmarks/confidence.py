"""Whether a model knows where it errs: CIEDE2000 of held-out photos by tenths of the confidence.

Color photos (--photos, a folder or archive) are made gray and colored, and pixels drawn at random,
as many of each photo, sorted by the confidence of `Colorizer.confidence`: the first tenth is the
surest.
"""

from pathlib import Path
from typing import Any

import numpy as np
from frame import benchmark

from colorizer_tf import Colorizer, color
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.evaluation.protocol import prepared

# Of each photo: neighbors say nearly the same.
PIXELS = 1000


def measure(
    photos: str = "../shared/photos/photos-valid.zip",
    models: tuple[str, ...] = ("cnn", "gan"),
    limit: int = 300,
) -> dict[str, Any]:
    """Errors of the tenths of each model's pixels, and whether they rise from tenth to tenth."""
    found: dict[str, Any] = {"photos": limit}
    for name in models:
        tenths = errors_by_tenth(Colorizer(name), photos, limit)
        found[name] = {f"tenth_{number + 1}": error for number, error in enumerate(tenths)}
    orders = [list(found[name].values()) for name in models]
    return found | {"monotone": float(all(each == sorted(each) for each in orders))}


def errors_by_tenth(colorizer: Colorizer, photos: str, limit: int) -> list[float]:
    """Mean CIEDE2000 of each tenth of the pixels, the surest first."""
    rng = np.random.default_rng(0)
    confidences, errors = [], []
    for raw in FilePhotos([Path(photos)], limit).read():
        photo = prepared(raw.name, raw.decode())
        colored, sure = colorizer.colorize(photo.gray, return_confidence=True)
        chosen = rng.choice(sure.size, min(PIXELS, sure.size), replace=False)
        truth, found = (
            color.rgb_to_lab(each.reshape(-1, 3)[chosen]) for each in (photo.truth, colored)
        )
        confidences.append(sure.ravel()[chosen])
        errors.append(ciede2000(truth, found))
    order = np.argsort(-np.concatenate(confidences), kind="stable")
    return [float(part.mean()) for part in np.array_split(np.concatenate(errors)[order], 10)]


if __name__ == "__main__":
    benchmark(measure, asked={"monotone": "== 1"})
