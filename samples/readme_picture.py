"""README's picture: the sample photos in gray, and below each what a model that ships makes of it.

Usage: python samples/readme_picture.py [--out docs/before-after.jpg] [--model NAME|PATH]
"""

import sys

import numpy as np
from picture import draw_picture
from sheet import read_samples

from colorizer_tf import Colorizer
from colorizer_tf.color.merge import gray_of


def rows(colorizer: Colorizer) -> list[list[np.ndarray]]:
    """The gray photos, and the same in color."""
    grays = [gray_of(rgb) for rgb in read_samples().values()]
    return [grays, [colorizer.colorize(gray) for gray in grays]]


if __name__ == "__main__":
    sys.exit(draw_picture(__doc__, "docs/before-after.jpg", rows))
