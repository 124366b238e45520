"""`colorize` on gray 12-megapixel JPEGs, to JPEG, against decoding and encoding them alone.

The references read, decode, encode and write with the same functions, in as many threads, but color
nothing: what they encode is a colored photo made beforehand, as the planes that `colorize` encodes
(4:2:0: `share`) or as RGB without subsampling, as it did before (4:4:4: `share_of_444`).
`share_of_limit` is against reading, decoding, the network, encoding and writing. They take turns on
the same files; shares are of processor seconds, so that other programs on the machine count little.
"""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from drawn import draw_photo
from frame import benchmark, medians, ratio, turns

from colorizer_tf import images
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.jpegs import merge_jpeg
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.scales import network_sides

HEIGHT, WIDTH = 3000, 4000
DRAWN = 8
THREADS = 2


def measure(
    folder: Path, photos: int = 24, rounds: int = 3, model: str = "gan", rgb: bool = False
) -> dict[str, Any]:
    """Photos a second, and the references' processor seconds over those of `colorize`."""
    paths = draw(folder / "photos", photos, rgb=rgb)
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    pixels = images.decode_photo(images.read_file(paths[0])).pixels
    prediction = colorizer.predict(pixels)
    colored = colorizer.merge(pixels, prediction)
    planes = merge_jpeg(pixels, prediction, 1.0, in_place=False)

    def ours() -> None:
        shutil.rmtree(folder / "out", ignore_errors=True)
        results = colorize_files([folder / "photos"], folder / "out", colorizer, workers=THREADS)
        assert all(result.status == "done" for result in results)

    def reference(picture: Any, network: Colorizer | None = None) -> Callable[[], None]:
        return lambda: decode_encode(paths, picture, folder / "reference", network)

    sides = {
        "ours": ours,
        "planes": reference(planes),
        "444": reference(colored),
        "limit": reference(planes, colorizer),
    }
    times = turns(sides, rounds, clock=time.process_time)
    rate = turns({"ours": ours}, 1, warm=0)
    return {
        "photos": photos,
        "channels": 3 if rgb else 1,
        "photos_per_second": photos / rate["ours"][0],
        "milliseconds": {name: 1000 * value / photos for name, value in medians(times).items()},
        "share": ratio(times, "planes", "ours"),
        "share_of_444": ratio(times, "444", "ours"),
        "share_of_limit": ratio(times, "limit", "ours"),
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


def decode_encode(
    photos: list[Path], colored: Any, out: Path, network: Colorizer | None = None
) -> None:
    """Each photo read and decoded, and a colored one encoded and written for it.

    Args:
        photos: their files.
        colored: pixels or planes.
        out: the folder to write to.
        network: runs on nothing in between, if given.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()

    def one(path: Path) -> None:
        photo = images.decode_photo(images.read_file(path))
        if network:
            sides = network_sides(*photo.pixels.shape[:2], network.size)
            network.predict_lightness(np.full((1, *sides), 50, np.float32))
        data = images.encode_photo(colored, "jpeg", like=photo, quality=92, made_by="none")
        write_atomic(out / path.name, data)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, photos))


if __name__ == "__main__":
    benchmark(measure, asked={"share": ">= 0.65", "share_of_444": ">= 0.65"})
