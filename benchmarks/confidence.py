"""Whether a model knows where it errs: CIEDE2000 of held-out photos by tenths of the confidence.

Color photos (--photos, a folder or archive) are made gray and colored, and their pixels sorted by
the confidence of `Colorizer.confidence`: the first tenth is the surest. Also the time of eight
variants, in memory, of a photo of 12 megapixels, and of one of a photo of 512 px.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from frame import benchmark

from colorizer_tf import Colorizer, color
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.evaluation.protocol import prepared

# Of each photo: neighbors say nearly the same.
PIXELS = 2000


def measure(
    photos: str = "../shared/photos/photos-valid.zip",
    models: tuple[str, ...] = ("cnn", "gan"),
    limit: int = 300,
) -> dict[str, Any]:
    """Errors of the tenths of each model's pixels, and whether they rise from tenth to tenth."""
    found: dict[str, Any] = {}
    for name in models:
        tenths = errors_by_tenth(Colorizer(name), photos, limit)
        found[name] = {f"tenth_{number + 1}": float(error) for number, error in enumerate(tenths)}
    orders = [list(each.values()) for each in found.values()]
    found["monotone"] = float(all(each == sorted(each) for each in orders))
    return found | variant_seconds(Colorizer(models[0]))


def errors_by_tenth(colorizer: Colorizer, photos: str, limit: int) -> list[float]:
    """Mean CIEDE2000 of each tenth of the pixels, the surest first."""
    rng = np.random.default_rng(0)
    confidences, errors = [], []
    for raw in FilePhotos([Path(photos)], limit).read():
        photo = prepared(raw.name, raw.decode())
        colored, sure = colorizer.colorize(photo.gray, return_confidence=True)
        error = ciede2000(color.rgb_to_lab(photo.truth), color.rgb_to_lab(colored))
        chosen = rng.choice(error.size, min(PIXELS, error.size), replace=False)
        confidences.append(sure.ravel()[chosen])
        errors.append(error.ravel()[chosen])
    order = np.argsort(-np.concatenate(confidences), kind="stable")
    return [float(part.mean()) for part in np.array_split(np.concatenate(errors)[order], 10)]


def variant_seconds(colorizer: Colorizer) -> dict[str, float]:
    """Seconds of eight variants of 12 megapixels, and of one variant of 512 px."""
    rng = np.random.default_rng(0)
    found = {}
    for name, sides, count in [("eight_12mp", (3000, 4000), 8), ("one_512px", (512, 512), 1)]:
        gray = rng.integers(0, 256, sides, np.uint8)
        colorizer.variants(gray[:64, :64], 1)
        start = time.perf_counter()
        colorizer.variants(gray, count)
        found[f"{name}_seconds"] = time.perf_counter() - start
    return found


if __name__ == "__main__":
    benchmark(
        measure,
        asked={"monotone": "== 1", "eight_12mp_seconds": "<= 4", "one_512px_seconds": "<= 0.5"},
    )
