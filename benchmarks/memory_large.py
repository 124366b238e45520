"""Peak memory and time of `colorizer-tf colorize` on one photo of 100 megapixels, to JPEG.

A TIFF of 600 megapixels, a newspaper page at 600 dpi, is beyond the limit: it must be refused with
a message that names the limit, before it is read into memory.
"""

import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from drawn import draw_photo
from frame import benchmark
from models import draw_model

from colorizer_tf.evaluation import launch
from colorizer_tf.images.limits import max_pixels


def measure(folder: Path, megapixels: int = 100, model: Path | None = None) -> dict[str, Any]:
    """The figures of a gray and of a color photo; the model has random weights unless given."""
    model = model or draw_model(folder / "model")
    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    tile = draw_photo(np.random.default_rng(0), height // 4, height // 3)
    photo = np.tile(tile, (4, 4, 1))
    figures: dict[str, Any] = {"megapixels": photo.shape[0] * photo.shape[1] / 1e6}
    for kind, pixels in {"gray": photo[..., 1], "color": photo}.items():
        path = folder / f"{kind}.jpg"
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
        command = ["colorize", path, "--model", model, "--out", folder / kind, "--quiet"]
        start = time.perf_counter()
        figures[f"{kind}_peak_gigabytes"] = peak_gigabytes(command, folder / "peak")
        figures[f"{kind}_seconds"] = time.perf_counter() - start
    return figures | refusal(folder, model)


def refusal(folder: Path, model: Path) -> dict[str, Any]:
    """Peak memory of a refusal, and whether it names the limit."""
    page = folder / "page.tif"
    tifffile.imwrite(page, np.zeros((20_000, 30_000), np.uint8), compression="zlib")
    command = ["colorize", page, "--model", model, "--out", folder / "page", "--quiet"]
    words = [sys.executable, "-m", "colorizer_tf", *map(str, command)]
    said = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False).stderr
    return {
        "refused_naming_the_limit": int(f"more than {max_pixels()} pixels" in said),
        "refused_peak_gigabytes": peak_gigabytes(command, folder / "peak", code=1),
    }


def peak_gigabytes(command: list[Any], file: Path, code: int = 0) -> float:
    """Peak memory of one of our commands, run through a process that is small itself."""
    words = [sys.executable, launch.__file__, file, sys.executable, "-m", "colorizer_tf", *command]
    assert subprocess.run([str(word) for word in words], check=False).returncode == code
    # In units of 1,024 bytes on Linux.
    return int(file.read_text()) * 1024 / 1e9


if __name__ == "__main__":
    asked = {
        "gray_peak_gigabytes": "<= 0.8",
        "color_peak_gigabytes": "<= 0.8",
        "refused_naming_the_limit": "== 1",
        "refused_peak_gigabytes": "<= 1.5",
    }
    benchmark(measure, asked)
