"""Keeps what the frozen color network sees in photos, and their coarse color, in two files.

python -m training.diffusion.features savedmodels/diffusion RECORDS --out output/diffusion

The model is an export of `train --model diffusion --init-from cnn`, of one step too: only its
encoder is run, which is that of `cnn`.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import onnxruntime

from colorizer_tf import color
from colorizer_tf.data.pipeline import load_records
from colorizer_tf.data.request import Augmentation, BatchRequest
from colorizer_tf.data.sampling import Sampling
from colorizer_tf.networks.denoiser import FEATURES, to_color
from training.diffusion.files import COLORS_FILE, FEATURES_FILE

SIZE, STRIDE, BATCH = 128, 4, 16
AUGMENTATION = Augmentation(flip=True, crop_scale=0.7, jitter=0.2, age=0.2)
BALANCE = 0.35


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="with model.onnx")
    parser.add_argument("records", type=Path)
    parser.add_argument("--left-out", default="", help="folders not to train on, with commas")
    parser.add_argument("--count", type=int, default=24_000, help="photos, 0.26 MB each")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    left_out = tuple(filter(None, args.left_out.split(",")))
    request = BatchRequest(
        args.records,
        "train",
        BATCH,
        size=SIZE,
        augmentation=AUGMENTATION,
        sampling=Sampling(BALANCE, left_out),
        epochs=range(1000),
        seed=26,
    )
    write(args.out, args.model / "model.onnx", request, args.count)


def write(folder: Path, encoder: Path, request: BatchRequest, count: int) -> None:
    """Write features `(count, h, w, c)` and colors `(count, h, w, 2)` in float16."""
    session = onnxruntime.InferenceSession(encoder)
    folder.mkdir(parents=True, exist_ok=True)
    side, done = SIZE // STRIDE, 0
    channels = session.get_outputs()[0].shape[-1]
    shapes = {FEATURES_FILE: (count, side, side, channels), COLORS_FILE: (count, side, side, 2)}
    features, colors = (
        np.lib.format.open_memmap(folder / name, "w+", np.float16, shape)
        for name, shape in shapes.items()
    )
    for lightness, ab in load_records(request):
        taken = slice(done, min(done + BATCH, count))
        fed = {"lightness": np.asarray(color.unscale_lightness(lightness), np.float32)}
        found = session.run([FEATURES], fed)[0]
        features[taken] = found[: taken.stop - done]
        colors[taken] = keras.ops.convert_to_numpy(to_color(ab, STRIDE))[: taken.stop - done]
        done = taken.stop
        if done % 512 == 0:
            print(f"{done} of {count}", flush=True)
        if done == count:
            return


if __name__ == "__main__":
    main()
