"""Photos drawn by code for the benchmarks: smooth scenes with the noise of a camera."""

import zipfile
from pathlib import Path

import cv2
import numpy as np

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


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
        cv2.imwrite(str(path), draw_photo(rng, height, width or height), _QUALITY)
    return paths


def grainy_jpegs(
    count: int, height: int, width: int, grid: tuple[int, int], grain: float
) -> list[bytes]:
    """JPEGs of soft shapes and fine grain, as cameras give them: 6 kB at 128 px, 4 MB at 12 MP.

    Args:
        count: how many.
        height: their rows.
        width: their columns.
        grid: rows and columns of random colors that are enlarged.
        grain: deviation of the noise, at half the resolution.
    """
    rng = np.random.default_rng(0)
    files = []
    for _ in range(count):
        coarse = rng.integers(0, 256, (*grid, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        noise = cv2.resize(rng.normal(0, grain, (height // 2, width // 2)), (width, height))
        noisy = np.clip(picture + noise[..., None], 0, 255).astype(np.uint8)
        files.append(cv2.imencode(".jpg", noisy, _QUALITY)[1].tobytes())
    return files


def small_jpegs(count: int) -> list[bytes]:
    """JPEGs of 128 px."""
    return grainy_jpegs(count, 128, 128, (8, 8), 12)


def zipped(photos: list[bytes], path: Path) -> Path:
    """The photos in an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for index, photo in enumerate(photos):
            archive.writestr(f"photos/{index:06d}.jpg", photo)
    return path


def unpacked(photos: list[bytes], folder: Path) -> Path:
    """The photos as files."""
    folder.mkdir(parents=True)
    for number, photo in enumerate(photos):
        (folder / f"{number:06d}.jpg").write_bytes(photo)
    return folder
