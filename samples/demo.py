"""The whole way in a few minutes: sample photos -> records -> training -> SavedModel -> colour.

Usage: python samples/demo.py --out output/demo
"""

import argparse
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer_tf.images import decode_image, encode_png, read_file, write_atomic
from colorizer_tf.merge import gray_of

PHOTOS = Path(__file__).parent / "photos"
# What the demo makes within --out, and clears when it is run again.
PARTS = ("photos", "tfrecords", "run", "model", "gray", "colour")
MARK = ".colorizer-tf-demo"
CROPS = 15
SHEET_HEIGHT = 240


def main() -> int:
    """Run every step, and end with the paths to open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("output/demo"))
    out = parser.parse_args().out
    start = time.monotonic()
    clear(out)
    samples = {path.stem: decode_image(read_file(path)) for path in sorted(PHOTOS.glob("*.jpg"))}
    print(f"# {len(samples)} photos, cut into overlapping squares: {out / 'photos'}", flush=True)
    cut(samples, out / "photos")
    colorizer_tf("build-records", out / "photos", "--out", out / "tfrecords",
                 "--size", 64, "--valid-fraction", 0.1)  # fmt: skip
    colorizer_tf("train", "--model", "cnn", "--records", out / "tfrecords", "--out", out / "run",
                 "--widths", "16,32,64,96", "--batch-size", 16, "--steps-per-epoch", 50,
                 "--epochs", 12, "--learning-rate", 0.003, "--jitter", 0.1)  # fmt: skip
    colorizer_tf("export", out / "run", "--out", out / "model")
    for name, rgb in samples.items():
        write_image(out / "gray" / f"{name}.png", gray_of(rgb))
    colorizer_tf("colorize", out / "gray", "--model", out / "model", "--out", out / "colour",
                 "--compare")  # fmt: skip
    sheet = out / "before-after.png"
    write_image(sheet, contact_sheet(samples, out))
    print(f"""
Done in {time.monotonic() - start:.0f} s. Open:
  {sheet}   gray | coloured | the true photo
  {out / "colour"}
  {out / "run"}   tensorboard --logdir {out / "run"}
This tiny model has seen these {len(samples)} photos and nothing else. It recalls their colours, and
knows no others: for a model that does, build records of many thousand photos and train longer.""")
    return 0


def clear(out: Path) -> None:
    """Make the folder, without what an earlier demo left in it, and nothing else touched."""
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        sys.exit(f"{out} holds something that is not of this demo: choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
    for part in PARTS:
        shutil.rmtree(out / part, ignore_errors=True)


def colorizer_tf(*arguments: object) -> None:
    """Show a command, and run it; end where it fails."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ colorizer-tf {shlex.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "colorizer_tf", *words], check=False)
    if done.returncode:
        sys.exit(done.returncode)


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


def contact_sheet(samples: dict[str, np.ndarray], out: Path) -> np.ndarray:
    """A row a photo: gray, coloured, true."""
    rows = []
    for name, rgb in samples.items():
        found = [out / "gray" / f"{name}.png", out / "colour" / f"{name}_colorized.png"]
        pictures = [*(decode_image(read_file(path)) for path in found), rgb]
        width = round(rgb.shape[1] * SHEET_HEIGHT / rgb.shape[0])
        row = np.concatenate([resize(picture, width) for picture in pictures], axis=1)
        rows.append(row)
    widest = max(row.shape[1] for row in rows)
    gaps = [((2, 2), (0, widest - row.shape[1]), (0, 0)) for row in rows]
    padded = [np.pad(row, gap, constant_values=255) for row, gap in zip(rows, gaps, strict=True)]
    return np.concatenate(padded)


def resize(picture: np.ndarray, width: int) -> np.ndarray:
    """The picture at the sheet's row height."""
    image = Image.fromarray(picture)
    return np.asarray(image.resize((width, SHEET_HEIGHT), Image.Resampling.LANCZOS))


def write_image(path: Path, rgb: np.ndarray) -> None:
    """Write a PNG, and its folder where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, encode_png(np.ascontiguousarray(rgb)))


if __name__ == "__main__":
    sys.exit(main())
