"""The picture of docs/variants.md: sample photos, several answers to each, and the confidence.

A row a photo: gray, what the model makes of it, variants of the seeds 0, 1 and 2, and where the
model is sure.

Usage: python samples/variants_picture.py [--out docs/variants.jpg] [--model NAME|PATH]
"""

import sys

import cv2
import numpy as np
from picture import draw_picture
from sheet import read_samples

from colorizer_tf import Colorizer
from colorizer_tf.color.merge import gray_of

NAMES = ("coffee", "flower", "astronaut", "temple")
VARIANTS = 3


def rows(colorizer: Colorizer) -> list[list[np.ndarray]]:
    """A row a photo."""
    samples = read_samples()
    return [row(colorizer, gray_of(samples[name])) for name in NAMES]


def row(colorizer: Colorizer, gray: np.ndarray) -> list[np.ndarray]:
    """The pictures of a photo."""
    colored, sure = colorizer.colorize(gray, return_confidence=True)
    colors = cv2.applyColorMap(
        np.rint(255 * sure / sure.max()).astype(np.uint8), cv2.COLORMAP_VIRIDIS
    )
    overlay = cv2.addWeighted(gray, 0.4, np.ascontiguousarray(colors[..., ::-1]), 0.6, 0)
    return [gray, colored, *colorizer.variants(gray, VARIANTS), overlay]


if __name__ == "__main__":
    sys.exit(draw_picture(__doc__, "docs/variants.jpg", rows, model="cnn"))
