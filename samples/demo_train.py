"""The whole way in a few minutes: sample photos -> records -> training -> SavedModel -> color.

Usage: python samples/demo_train.py [--out output/demo-train]
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from sheet import clear, colorizer_tf, contact_sheet, read_image, read_samples, write_image

from colorizer_tf.color.merge import gray_of

# What the demo makes within --out, and clears when it is run again.
PARTS = ("photos", "tfrecords", "run", "model", "gray", "color")
CROPS = 15


def main() -> int:
    """Run every step, and end with the paths to open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("output/demo-train"))
    out = parser.parse_args().out
    start = time.monotonic()
    clear(out, PARTS)
    samples = read_samples()
    print(f"# {len(samples)} photos, cut into overlapping squares: {out / 'photos'}", flush=True)
    cut(samples, out / "photos")
    colorizer_tf("build-records", out / "photos", "--out", out / "tfrecords",
                 "--size", 64, "--valid-fraction", 0.1)  # fmt: skip
    colorizer_tf("train", "--model", "cnn", "--records", out / "tfrecords", "--out", out / "run",
                 "--widths", "16,32,64,96", "--batch-size", 16, "--steps-per-epoch", 50,
                 "--epochs", 12, "--loss", "mse", "--ab-stride", 2, "--ema", 0,
                 "--learning-rate", 0.003, "--jitter", 0.1)  # fmt: skip
    colorizer_tf("export", out / "run", "--out", out / "model")
    for name, rgb in samples.items():
        write_image(out / "gray" / f"{name}.png", gray_of(rgb))
    colorizer_tf("colorize", out / "gray", "--model", out / "model", "--out", out / "color",
                 "--compare")  # fmt: skip
    sheet = out / "before-after.png"
    found = {
        name: (out / "gray" / f"{name}.png", out / "color" / f"{name}_colorized.png")
        for name in samples
    }
    rows = [[*map(read_image, found[name]), rgb] for name, rgb in samples.items()]
    write_image(sheet, contact_sheet(rows))
    print(f"""
Done in {time.monotonic() - start:.0f} s. Open:
  {sheet}   gray | colored | the true photo
  {out / "color"}
  {out / "run"}   tensorboard --logdir {out / "run"}
This tiny model has seen these {len(samples)} photos and nothing else. It recalls their colors, and
knows no others: for a model that does, build records of many thousand photos and train longer.""")
    return 0


def cut(samples: dict[str, np.ndarray], folder: Path) -> None:
    """Each photo's middle square, and squares of random place and size."""
    rng = np.random.default_rng(0)
    for name, rgb in samples.items():
        height, width = rgb.shape[:2]
        for number in range(CROPS):
            side = int(min(height, width) * (rng.uniform(0.6, 1.0) if number else 1.0))
            top = rng.integers(height - side + 1) if number else (height - side) // 2
            left = rng.integers(width - side + 1) if number else (width - side) // 2
            write_image(folder / name / f"{number}.png", rgb[top : top + side, left : left + side])


if __name__ == "__main__":
    sys.exit(main())
