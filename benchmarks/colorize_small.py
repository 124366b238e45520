"""`colorize` on photos of 512 px against the loop one would write first, one process each.

The loop reads each JPEG, takes L* from scikit-image's `rgb2lab`, calls the SavedModel's
`predict_ab` at the same scale, enlarges ab bilinearly, converts back with `lab2rgb` and writes a
JPEG. Both are warm; the loop runs over a part of the photos, ours over all.
"""

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.io
import tensorflow as tf
from drawn import draw_jpegs
from frame import benchmark, medians, turns
from models import draw_model

from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer, network_sides

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

    times = medians(turns({"loop": loop, "ours": ours}, rounds, warm=0))
    rate, plain = photos / times["ours"], loop_photos / times["loop"]
    return {
        "photos": photos,
        "photos_per_second": rate,
        "loop_per_second": plain,
        "times_faster": rate / plain,
    }


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
    benchmark(measure, asked={"times_faster": ">= 5"})
