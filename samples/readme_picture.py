"""README's picture: the sample photos in gray, and below each what a model that ships makes of it.

Usage: python samples/readme_picture.py [--out docs/before-after.jpg] [--model NAME|PATH]
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sheet import contact_sheet, read_samples

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic
from colorizer_tf.color.merge import gray_of

WIDTH, QUALITY = 1600, 85


def main() -> int:
    """Color the photos, and write both rows as one JPEG."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/before-after.jpg"))
    parser.add_argument("--model", help="another one than the default that ships")
    args = parser.parse_args()
    try:
        colorizer = Colorizer(args.model)
    except ColorizerError as error:
        print(f"readme_picture: {error}", file=sys.stderr)
        return 1
    grays = [gray_of(rgb) for rgb in read_samples().values()]
    sheet = contact_sheet([grays, [colorizer.colorize(gray) for gray in grays]])
    data = encode(sheet)
    write_atomic(args.out, data)
    print(f"{args.out}: {len(data) / 1000:.0f} kB, by {colorizer.name}")
    return 0


def encode(sheet: np.ndarray) -> bytes:
    """The sheet as a JPEG of README's width."""
    image = Image.fromarray(sheet)
    file = io.BytesIO()
    image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=QUALITY, optimize=True
    )
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
