"""JPEG at 12 megapixels: `decode_photo` and `encode_photo` beside Pillow's and OpenCV's, and 4:2:0.

The libraries take turns in one process on one thread; the figures are medians over the rounds, in
milliseconds. The loss is that of quality 95 over four photos of scikit-image's that `gan` colored,
against the merge's own RGB: 4:4:4 of that, and the planes (4:2:0) that `colorize` writes; L* and
CIEDE2000 by scikit-image.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import cv2
import imagecodecs
import numpy as np
from frame import benchmark, medians, turns
from PIL import Image
from skimage import color, data

from colorizer_tf.batch.jpegs import merge_jpeg
from colorizer_tf.color.merge import gray_codes
from colorizer_tf.images import decode_photo, encode_photo
from colorizer_tf.inference.colorizer import Colorizer

HEIGHT, WIDTH, QUALITY = 3000, 4000, 95
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")
SAMPLING = {
    "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


def measure(rounds: int = 7) -> dict[str, Any]:
    """Milliseconds of the processor of each way, in turns, and what 4:2:0 costs."""
    cv2.setNumThreads(1)
    photo = cv2.resize(data.astronaut(), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).normal(0, 3, photo.shape)
    photo = np.clip(photo + noise, 0, 255).astype(np.uint8)
    ways = {**decoders(photo), **encoders(photo)}
    seconds = medians(turns(ways, rounds, clock=time.process_time))
    return {
        "milliseconds": {name: 1000 * value for name, value in seconds.items()},
        "loss_at_95": losses(),
    }


def decoders(photo: np.ndarray) -> dict[str, Callable[[], object]]:
    """Ways to read the photo, in gray and in color."""
    ways: dict[str, Callable[[], object]] = {}
    for kind, pixels in (("gray", photo[..., 1]), ("color", photo)):
        file = with_pillow(pixels, 0)
        coded = np.frombuffer(file, np.uint8)
        flag = cv2.IMREAD_GRAYSCALE if kind == "gray" else cv2.IMREAD_COLOR_RGB
        ways[f"decode {kind}, ours"] = lambda file=file: decode_photo(file)
        ways[f"decode {kind}, Pillow"] = lambda file=file: np.asarray(Image.open(io.BytesIO(file)))
        ways[f"decode {kind}, OpenCV"] = lambda coded=coded, flag=flag: cv2.imdecode(coded, flag)
    return ways


def encoders(photo: np.ndarray) -> dict[str, Callable[[], object]]:
    """Ways to write it."""

    def with_opencv(subsampling: str) -> object:
        options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLING[subsampling]]
        return cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), options)

    def ours() -> object:
        return encode_photo(photo, "jpeg", like=None, quality=QUALITY, made_by="none")

    return {
        "encode 444, ours": ours,
        "encode 420, imagecodecs": lambda: coded_again(photo, "420"),
        "encode 444, Pillow": lambda: with_pillow(photo, 0),
        "encode 420, Pillow": lambda: with_pillow(photo, 2),
        "encode 444, OpenCV": lambda: with_opencv("444"),
        "encode 420, OpenCV": lambda: with_opencv("420"),
    }


def with_pillow(pixels: np.ndarray, subsampling: int) -> bytes:
    """A JPEG file by Pillow."""
    buffer = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(buffer, "JPEG", quality=QUALITY, subsampling=subsampling)
    return buffer.getvalue()


def coded_again(pixels: np.ndarray, subsampling: str) -> bytes:
    """A JPEG file by imagecodecs."""
    return bytes(imagecodecs.jpeg8_encode(pixels, QUALITY, subsampling=subsampling))


def losses() -> dict[str, dict[str, float]]:
    """What quality 95 costs, over all pixels of the photos."""
    colorizer = Colorizer("gan", runtime="onnx", threads=1)
    pairs: dict[str, list[tuple[np.ndarray, bytes]]] = {"444": [], "planes": []}
    for name in PHOTOS:
        gray = gray_codes(getattr(data, name)())
        prediction = colorizer.predict(gray)
        colored = colorizer.merge(gray, prediction)
        planes = merge_jpeg(gray, prediction, 1.0, in_place=False)
        for kind, picture in (("444", colored), ("planes", planes)):
            file = encode_photo(picture, "jpeg", like=None, quality=QUALITY, made_by="none")
            pairs[kind].append((colored, file))
    return {kind: loss(each) for kind, each in pairs.items()}


def loss(pairs: list[tuple[np.ndarray, bytes]]) -> dict[str, float]:
    """What files lost of their pictures."""
    lightness, delta_e = [], []
    for picture, file in pairs:
        before, after = (color.rgb2lab(each) for each in (picture, decode_photo(file).pixels))
        lightness.append(np.abs(before[..., 0] - after[..., 0]).ravel())
        delta_e.append(color.deltaE_ciede2000(before, after).ravel())
    both = {"lightness": np.concatenate(lightness), "ciede2000": np.concatenate(delta_e)}
    figures = {f"{name} mean": float(each.mean()) for name, each in both.items()}
    figures |= {f"{name} 99%": float(np.quantile(each, 0.99)) for name, each in both.items()}
    size = sum(len(file) for _, file in pairs)
    return {**{name: round(each, 3) for name, each in figures.items()}, "bytes": size}


if __name__ == "__main__":
    benchmark(measure)
