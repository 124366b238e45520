"""Photos drawn by code for the benchmarks: smooth scenes with the noise of a camera."""

from pathlib import Path

import cv2
import numpy as np


def draw_photo(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A picture with areas, edges and noise, so that its JPEG is of a photo's size: uint8 BGR."""
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        center = rng.integers(0, [width, height]).tolist()
        color = rng.integers(0, 256, 3).tolist()
        cv2.circle(picture, center, int(rng.integers(height // 20, height // 5)), color, -1)
    noise = rng.normal(0, 5, (height, width, 1)).astype(np.float32)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def draw_jpegs(folder: Path, count: int, height: int, width: int | None = None) -> list[Path]:
    """JPEGs of quality 90, each another picture."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    paths = [folder / f"{number:05d}.jpg" for number in range(count)]
    for path in paths:
        cv2.imwrite(
            str(path), draw_photo(rng, height, width or height), [cv2.IMWRITE_JPEG_QUALITY, 90]
        )
    return paths
