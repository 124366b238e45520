"""`colorize` on gray 12-megapixel JPEGs, to JPEG, against decoding and encoding them alone.

The reference reads, decodes, encodes and writes with the same functions, in as many threads, but
colors nothing: what it encodes is a colored photo made beforehand. The two take turns on the same
files; the share is ours of its photos/s.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from drawn import draw_photo
from frame import benchmark, medians, ratio, turns
from models import draw_model

from colorizer_tf import images
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer

HEIGHT, WIDTH = 3000, 4000
DRAWN = 8
THREADS = 2


def measure(
    folder: Path, photos: int = 200, rounds: int = 1, model: Path | None = None, rgb: bool = False
) -> dict[str, Any]:
    """Photos a second of the two, in turns; the model is one with random weights unless given."""
    paths = draw(folder / "photos", photos, rgb=rgb)
    colorizer = Colorizer(model or draw_model(folder / "model"), runtime="onnx", threads=1)
    colored = colorizer.colorize(paths[0])

    def ours() -> None:
        shutil.rmtree(folder / "out", ignore_errors=True)
        results = colorize_files([folder / "photos"], folder / "out", colorizer, workers=THREADS)
        assert all(result.status == "done" for result in results)

    def reference() -> None:
        shutil.rmtree(folder / "reference", ignore_errors=True)
        decode_encode(paths, colored, folder / "reference")

    times = turns({"reference": reference, "ours": ours}, rounds, warm=0)
    return {
        "photos": photos,
        "channels": 3 if rgb else 1,
        "photos_per_second": photos / medians(times)["ours"],
        "decode_encode_per_second": photos / medians(times)["reference"],
        "share": ratio(times, "reference", "ours"),
    }


def draw(folder: Path, count: int, *, rgb: bool) -> list[Path]:
    """JPEGs of quality 90; a few are drawn, the rest are copies."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    paths = [folder / f"{number:04d}.jpg" for number in range(count)]
    for path in paths[:DRAWN]:
        gray = draw_photo(rng, HEIGHT, WIDTH)[..., 1]
        picture = np.repeat(gray[..., None], 3, axis=-1) if rgb else gray
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    for number, path in enumerate(paths[DRAWN:]):
        shutil.copyfile(paths[number % DRAWN], path)
    return paths


def decode_encode(photos: list[Path], colored: np.ndarray, out: Path) -> None:
    """Each photo read and decoded, and a colored one encoded and written for it."""
    out.mkdir()

    def one(path: Path) -> None:
        photo = images.decode_photo(images.read_file(path))
        data = images.encode_photo(colored, "jpeg", like=photo, quality=95, made_by="none")
        write_atomic(out / path.name, data)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, photos))


if __name__ == "__main__":
    benchmark(measure, asked={"share": ">= 0.45"})
