"""`colorize` on photos of 512 px against the loop one would write first, one process each.

The loop reads each JPEG, takes L* from scikit-image's `rgb2lab`, calls the SavedModel's
`predict_ab` at the same scale, enlarges ab bilinearly, converts back with `lab2rgb` and writes a
JPEG. Both are warm; the loop runs over a part of the photos, ours over all.

`share_of_limit` is against what cannot be left out: reading and decoding, the network, encoding and
writing, by the same functions in as many threads, without shrinking, merging, hashing and
reporting. It is of processor seconds, so that other programs on the machine count little.
"""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.io
import tensorflow as tf
from drawn import draw_jpegs
from frame import benchmark, medians, ratio, turns
from models import draw_model

from colorizer_tf import images
from colorizer_tf.base.files import write_atomic
from colorizer_tf.batch.jpegs import merge_jpeg
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.scales import network_sides

SIDE = 512


def measure(
    folder: Path,
    photos: int = 2000,
    loop_photos: int = 100,
    rounds: int = 1,
    model: Path | None = None,
) -> dict[str, Any]:
    """Photos a second of the two, in turns; the model is one with random weights unless given."""
    paths = draw_jpegs(folder / "photos", photos, SIDE)
    model = model or draw_model(folder / "model")
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    colorizer.colorize(paths[0])
    loaded = tf.saved_model.load(str(model))
    plain_loop(paths[:3], loaded, colorizer.size, folder / "loop")

    def ours() -> None:
        shutil.rmtree(folder / "out", ignore_errors=True)
        results = colorize_files([folder / "photos"], folder / "out", colorizer)
        assert all(result.status == "done" for result in results)

    def loop() -> None:
        plain_loop(paths[:loop_photos], loaded, colorizer.size, folder / "loop")

    pixels = images.decode_photo(images.read_file(paths[0])).pixels
    planes = merge_jpeg(pixels, colorizer.predict(pixels), 1.0, in_place=False)

    def limit() -> None:
        shutil.rmtree(folder / "limit", ignore_errors=True)
        least_work(paths, colorizer, planes, folder / "limit")

    times = medians(turns({"loop": loop, "ours": ours}, rounds, warm=0))
    processor = turns({"limit": limit, "ours": ours}, rounds, warm=0, clock=time.process_time)
    rate, plain = photos / times["ours"], loop_photos / times["loop"]
    return {
        "photos": photos,
        "photos_per_second": rate,
        "loop_per_second": plain,
        "times_faster": rate / plain,
        "share_of_limit": ratio(processor, "limit", "ours"),
    }


def least_work(photos: list[Path], colorizer: Colorizer, colored: images.Planes, out: Path) -> None:
    """Each photo read and decoded, the network run, and a colored one encoded and written."""
    out.mkdir()
    sides = network_sides(*colored.luma.shape, colorizer.size)
    lightness = np.full((1, *sides), 50, np.float32)

    def one(path: Path) -> None:
        photo = images.decode_photo(images.read_file(path))
        colorizer.predict_lightness(lightness)
        data = images.encode_photo(colored, "jpeg", like=photo, quality=92, made_by="none")
        write_atomic(out / path.name, data)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, photos))


def plain_loop(photos: list[Path], loaded: Any, size: int, out: Path) -> None:
    """What one would write first."""
    out.mkdir(exist_ok=True)
    predict_ab = loaded.signatures["predict_ab"]
    for path in photos:
        lab = skimage.color.rgb2lab(skimage.io.imread(path))
        height, width = lab.shape[:2]
        sides = network_sides(height, width, size)
        small = cv2.resize(lab[..., 0], sides[::-1], interpolation=cv2.INTER_AREA)
        ab = predict_ab(lightness=tf.constant(small[None, ..., None], tf.float32))["ab"][0].numpy()
        lab[..., 1:] = cv2.resize(ab, (width, height))
        rgb = skimage.color.lab2rgb(lab)
        skimage.io.imsave(
            out / path.name, np.rint(rgb * 255).astype(np.uint8), check_contrast=False
        )


if __name__ == "__main__":
    benchmark(measure, asked={"times_faster": ">= 5", "share_of_limit": ">= 0.8"})
