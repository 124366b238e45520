"""Scans of 50 megapixels and 16 bits, gray TIFF and PNG, against decoding and encoding alone.

Processor seconds, so that other programs on the machine count little; the sides take turns. What is
encoded is the colored photo, 16 bits and three channels, in the format that it came in.
"""

import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from drawn import draw_photo
from frame import benchmark, medians, ratio, turns
from models import draw_model

from colorizer_tf import images
from colorizer_tf.inference.colorizer import Colorizer


def measure(
    folder: Path, megapixels: int = 50, rounds: int = 3, model: Path | None = None
) -> dict[str, Any]:
    """Shares of decoding and encoding in all; the model has random weights unless given."""
    colorizer = Colorizer(model or draw_model(folder / "model"), runtime="onnx", threads=1)
    figures: dict[str, Any] = {}
    for kind, data in scans(folder, megapixels).items():
        colored = colorizer.colorize(data)

        def reference(kind: str = kind, data: bytes = data, colored: np.ndarray = colored) -> None:
            encode(colored, kind, images.decode_photo(data))

        def ours(kind: str = kind, data: bytes = data) -> None:
            photo = images.decode_photo(data)
            encode(colorizer.colorize(photo), kind, photo)

        sides = {"reference": reference, "ours": ours}
        times = turns(sides, rounds, warm=0, clock=time.process_time)
        figures[f"{kind}_share"] = ratio(times, "reference", "ours")
        figures[f"{kind}_seconds"] = medians(times)["ours"]
    return figures


def encode(pixels: np.ndarray, kind: str, like: Any) -> bytes:
    return images.encode_photo(pixels, kind, like=like, quality=95, made_by="none")


def scans(folder: Path, megapixels: int) -> dict[str, bytes]:
    """Noisy as scans are: of 16 bits about 12 hold the picture."""
    rng = np.random.default_rng(0)
    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    tile = draw_photo(rng, height // 4, height // 3)[..., 1].astype(np.uint16) * 257
    tile += rng.integers(0, 64, tile.shape, np.uint16)
    scan = np.tile(np.minimum(tile, 65_000), (4, 4))
    found = {}
    for kind in ("tiff", "png"):
        path = folder / f"scan.{kind}"
        cv2.imwrite(str(path), scan)
        found[kind] = path.read_bytes()
    return found


if __name__ == "__main__":
    benchmark(measure, asked={"tiff_share": ">= 0.5", "png_share": ">= 0.5"})
