"""What both demos share: their folder, the commands they show and run, and the contact sheet."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer_tf.base.files import write_atomic
from colorizer_tf.images import decode_image, encode_png, read_file

PHOTOS = Path(__file__).parent / "photos"
MARK = ".colorizer-tf-demo"
HEIGHT = 240
GAP = 4


def read_samples() -> dict[str, np.ndarray]:
    """The sample photos by name."""
    return {path.stem: read_image(path) for path in sorted(PHOTOS.glob("*.jpg"))}


def clear(out: Path, parts: Iterable[str]) -> None:
    """Make the folder, without the parts an earlier demo left in it, and nothing else touched."""
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        sys.exit(f"{out} holds something that is not of this demo: choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
    for part in parts:
        shutil.rmtree(out / part, ignore_errors=True)


def colorizer_tf(*arguments: object) -> None:
    """Show a command, and run it; end where it fails."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ colorizer-tf {shlex.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "colorizer_tf", *words], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def contact_sheet(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Pictures in rows of one height, white between them."""
    lines = [
        np.concatenate([_framed(_resized(picture)) for picture in pictures], axis=1)
        for pictures in rows
    ]
    widest = max(line.shape[1] for line in lines)
    gaps = [((0, 0), (0, widest - line.shape[1]), (0, 0)) for line in lines]
    return np.concatenate(
        [np.pad(line, gap, constant_values=255) for line, gap in zip(lines, gaps, strict=True)]
    )


def _resized(picture: np.ndarray) -> np.ndarray:
    width = round(picture.shape[1] * HEIGHT / picture.shape[0])
    image = Image.fromarray(picture)
    return np.asarray(image.resize((width, HEIGHT), Image.Resampling.LANCZOS))


def _framed(picture: np.ndarray) -> np.ndarray:
    return np.pad(picture, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=255)


def read_image(path: Path) -> np.ndarray:
    """A picture's `(h, w, 3)` uint8 sRGB."""
    return decode_image(read_file(path))


def write_image(path: Path, rgb: np.ndarray) -> None:
    """Write a PNG, and its folder where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, encode_png(np.ascontiguousarray(rgb)))
