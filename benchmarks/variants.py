"""The time of variants, from file to files: eight of a JPEG of 12 megapixels, one of 512 px.

The photo is one of samples/, enlarged. Medians over the rounds, in turns with decoding the photo
and encoding as many colored ones in two threads.
"""

import functools
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
from frame import benchmark, medians, turns

from colorizer_tf import Colorizer, images
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.run import colorize_files

PHOTO = Path(__file__).parents[1] / "samples" / "photos" / "coffee.jpg"
SIDES = {"eight_12mp": ((4000, 3000), 8), "one_512px": ((512, 512), 1)}


def measure(
    folder: Path, models: tuple[str, ...] = ("cnn", "diffusion"), rounds: int = 3
) -> dict[str, Any]:
    """Seconds of both by each model, and of decoding and encoding alone; then of the processor."""
    colorizers = {Path(model).name: Colorizer(model) for model in models}
    sides: dict[str, Any] = {}
    for name, (size, count) in SIDES.items():
        path = folder / f"{name}.jpg"
        gray = cv2.resize(cv2.imread(str(PHOTO), cv2.IMREAD_GRAYSCALE), size)
        cv2.imwrite(str(path), gray, [cv2.IMWRITE_JPEG_QUALITY, 90])
        for model, colorizer in colorizers.items():
            sides[f"{model}_{name}"] = functools.partial(color, path, colorizer, count)
        sides[f"{name}_without_color"] = functools.partial(encode, path, count)
    found = {f"{name}_seconds": each for name, each in medians(turns(sides, rounds)).items()}
    times = turns(sides, rounds, warm=0, clock=time.process_time)
    return found | {f"{name}_processor_seconds": each for name, each in medians(times).items()}


def color(path: Path, colorizer: Colorizer, count: int) -> None:
    """Write the variants of a photo."""
    out, options = path.parent / "out", ColorizeOptions(variants=count)
    (done,) = colorize_files([path], out, colorizer, options, overwrite=True)
    assert done.status == "done", done.note


def encode(path: Path, count: int) -> None:
    """Decode a photo, and encode it so many times in color."""
    photo = images.decode_photo(images.read_file(path))
    colored = cv2.cvtColor(photo.pixels, cv2.COLOR_GRAY2RGB)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(count):
            pool.submit(
                images.encode_photo, colored, "jpeg", like=photo, quality=92, made_by="none"
            )


if __name__ == "__main__":
    benchmark(
        measure,
        asked={
            f"{model}_{name}_seconds": target
            for model in ("cnn", "diffusion")
            for name, target in (("eight_12mp", "<= 4"), ("one_512px", "<= 0.5"))
        },
    )
