"""The picture of docs/restore.md: aged sample photos, colored without and with `--restore`.

Usage: python samples/restore_picture.py [--out docs/restore.jpg] [--model NAME|PATH]
"""

import sys

import numpy as np
from aging import aged
from picture import draw_picture
from sheet import read_samples

from colorizer_tf import Colorizer

NAMES = ("cat", "temple", "flower")


def rows(colorizer: Colorizer) -> list[list[np.ndarray]]:
    """A row a photo: aged, and colored both ways."""
    samples = read_samples()
    olds = [aged(samples[name], seed=seed) for seed, name in enumerate(NAMES, start=1)]
    pictures = [
        [old, colorizer.colorize(old), colorizer.colorize(old, restore=("all",))] for old in olds
    ]
    # On a white page, with an outline: restored borders are white.
    return [
        [np.pad(each, ((1, 1), (1, 1), (0, 0)), constant_values=150) for each in row]
        for row in pictures
    ]


if __name__ == "__main__":
    sys.exit(draw_picture(__doc__, "docs/restore.jpg", rows))
