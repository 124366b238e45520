"""The picture of docs/restore.md: aged sample photos, colored without and with `--restore`.

Usage: python samples/restore_picture.py [--out docs/restore.jpg] [--model NAME|PATH]
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from aging import aged
from readme_picture import encode
from sheet import contact_sheet, read_samples

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic

NAMES = ("cat", "temple", "flower")


def main() -> int:
    """Age the photos, color them both ways, and write a row a photo as one JPEG."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/restore.jpg"))
    parser.add_argument("--model", help="another one than the default that ships")
    args = parser.parse_args()
    try:
        colorizer = Colorizer(args.model)
    except ColorizerError as error:
        print(f"restore_picture: {error}", file=sys.stderr)
        return 1
    samples = read_samples()
    olds = [aged(samples[name], seed=seed) for seed, name in enumerate(NAMES, start=1)]
    rows = [
        [old, colorizer.colorize(old), colorizer.colorize(old, restore=("all",))] for old in olds
    ]
    # On a white page, with an outline: restored borders are white.
    framed = [
        [np.pad(each, ((1, 1), (1, 1), (0, 0)), constant_values=150) for each in row]
        for row in rows
    ]
    data = encode(contact_sheet(framed))
    write_atomic(args.out, data)
    print(f"{args.out}: {len(data) / 1000:.0f} kB, by {colorizer.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
