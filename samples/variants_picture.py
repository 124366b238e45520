"""The picture of docs/variants.md: sample photos, several answers to each, and the confidence.

A row a photo: gray, what the model makes of it, variants of the seeds 0, 1 and 2, and where the
model is sure.

Usage: python samples/variants_picture.py [--out docs/variants.jpg] [--model NAME|PATH]
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from readme_picture import encode
from sheet import contact_sheet, read_samples

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.color.merge import gray_of

NAMES = ("coffee", "flower", "astronaut", "temple")
VARIANTS = 3


def main() -> int:
    """Color the photos, and write a row a photo as one JPEG."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/variants.jpg"))
    parser.add_argument("--model", default="cnn", help="one that has several answers")
    args = parser.parse_args()
    try:
        colorizer = Colorizer(args.model)
    except ColorizerError as error:
        print(f"variants_picture: {error}", file=sys.stderr)
        return 1
    samples = read_samples()
    data = encode(contact_sheet([row(colorizer, gray_of(samples[name])) for name in NAMES]))
    write_atomic(args.out, data)
    print(f"{args.out}: {len(data) / 1000:.0f} kB, by {colorizer.name}")
    return 0


def row(colorizer: Colorizer, gray: np.ndarray) -> list[np.ndarray]:
    """The pictures of a photo."""
    colored, sure = colorizer.colorize(gray, return_confidence=True)
    colors = cv2.applyColorMap(
        np.rint(255 * sure / sure.max()).astype(np.uint8), cv2.COLORMAP_VIRIDIS
    )
    overlay = cv2.addWeighted(gray, 0.4, np.ascontiguousarray(colors[..., ::-1]), 0.6, 0)
    return [gray, colored, *colorizer.variants(gray, VARIANTS), overlay]


if __name__ == "__main__":
    sys.exit(main())
