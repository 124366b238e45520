"""Color in seconds: the sample photos, from gray, by the model that ships.

Usage: python samples/demo.py [--out output/demo] [--model NAME|PATH]
"""

import argparse
import sys
import time
from pathlib import Path

from sheet import clear, colorizer_tf, contact_sheet, read_image, read_samples, write_image

from colorizer_tf.color.merge import gray_of

# What the demo makes within --out, and clears when it is run again.
PARTS = ("gray", "color")
PAIRS_A_ROW = 2


def main() -> int:
    """Color the photos, and end with the paths to open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("output/demo"))
    parser.add_argument("--model", help="another one than the default that ships")
    args = parser.parse_args()
    out, start = args.out, time.monotonic()
    clear(out, PARTS)
    samples = read_samples()
    print(f"# the gray versions of {len(samples)} photos: {out / 'gray'}", flush=True)
    for name, rgb in samples.items():
        write_image(out / "gray" / f"{name}.png", gray_of(rgb))
    named = ["--model", args.model] if args.model else []
    colorizer_tf("colorize", out / "gray", "--out", out / "color", *named)
    pairs = [
        (out / "gray" / f"{name}.png", out / "color" / f"{name}_colorized.png") for name in samples
    ]
    paths = [sum(pairs[at : at + PAIRS_A_ROW], ()) for at in range(0, len(pairs), PAIRS_A_ROW)]
    sheet = out / "before-after.png"
    write_image(sheet, contact_sheet([[read_image(path) for path in row] for row in paths]))
    print(f"""
Done in {time.monotonic() - start:.0f} s. Open:
  {sheet}   before | after, {PAIRS_A_ROW} photos a row
  {out / "color"}
On photos of yours:
  {Path(sys.executable).with_name("colorizer-tf")} colorize PHOTOS...""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
