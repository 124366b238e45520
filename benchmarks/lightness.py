"""How far the lightness of colored photos is from the photos' own: ours, and with plain clipping.

Photos bundled with scikit-image, colored with random ab of the whole range, so that most pixels
leave sRGB; L* is scikit-image's, before and after, of 8-bit pixels. Plain: `lab2rgb` of the same L*
and ab, which clips each channel. `--photos FOLDER_OR_ZIP --model FOLDER` colors other photos too.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.data
from frame import benchmark

from colorizer_tf.color.merge import merge_photo, small_lightness
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.inference.colorizer import Colorizer

PHOTOS = ("astronaut", "coffee", "chelsea", "rocket")


def measure(photos: Path | None = None, model: Path | None = None) -> dict[str, Any]:
    """The figures of random ab and, of the photos given, of a model."""
    figures = random_colors()
    if photos and model:
        colorizer, files = Colorizer(model), FilePhotos([photos])
        pictures = [raw.decode() for raw in files.read()]
        figures["colored"] = told([drift(photo, colorizer.colorize(photo)) for photo in pictures])
    return figures


def random_colors() -> dict[str, Any]:
    """Drift of L* under random ab, ours and with clipping."""
    rng = np.random.default_rng(0)
    ours, clipped = [], []
    for name in PHOTOS:
        photo = getattr(skimage.data, name)()
        ab = rng.uniform(-128, 127, (24, 32, 2)).astype(np.float32)
        ours.append(drift(photo, merge_photo(photo, small_lightness(photo, 24, 32), ab)))
        lab = skimage.color.rgb2lab(photo)
        lab[..., 1:] = cv2.resize(ab, photo.shape[1::-1])
        plain = np.rint(255 * skimage.color.lab2rgb(lab)).astype(np.uint8)
        clipped.append(drift(photo, plain))
    return {"random_ab": told(ours), "random_ab_clipped": told(clipped)}


def drift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Mean and largest difference of L*."""
    apart = np.abs(skimage.color.rgb2lab(before)[..., 0] - skimage.color.rgb2lab(after)[..., 0])
    return apart.mean(), apart.max()


def told(drifts: list[tuple[float, float]]) -> dict[str, float]:
    """The mean of the means, and the largest of all."""
    means, largest = zip(*drifts, strict=True)
    return {"mean": float(np.mean(means)), "max": float(np.max(largest))}


if __name__ == "__main__":
    benchmark(measure)
