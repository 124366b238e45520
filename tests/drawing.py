"""Small color photos drawn by code: no test needs a file that it did not make."""

from pathlib import Path

import cv2
import numpy as np


def draw_photo(rng: np.random.Generator, height: int = 48, width: int = 64) -> np.ndarray:
    """A sky over a meadow with a few discs: uint8 RGB, color tied to what is drawn."""
    sky = np.linspace([90, 150, 235], [200, 220, 245], height // 2)
    grass = np.linspace([90, 160, 60], [40, 90, 30], height - height // 2)
    picture = np.repeat(np.concatenate([sky, grass])[:, None], width, axis=1)
    picture = np.ascontiguousarray(picture * rng.uniform(0.7, 1.05), "float32")
    for _ in range(4):
        center = rng.integers(0, [width, height]).tolist()
        color = [(230, 60, 50), (240, 200, 60), (120, 70, 40)][rng.integers(3)]
        cv2.circle(picture, center, int(rng.integers(3, 9)), color, -1)
    picture += rng.normal(0, 4, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def write_photos(folder: Path, count: int, seed: int = 0, suffix: str = ".png") -> list[Path]:
    """Photos in two label folders."""
    rng = np.random.default_rng(seed)
    paths = []
    for index in range(count):
        path = folder / ("meadow", "field")[index % 2] / f"photo-{index:03d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), draw_photo(rng)[..., ::-1])
        paths.append(path)
    return paths
