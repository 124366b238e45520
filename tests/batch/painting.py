"""Photos for tests of batches, and a colorizer whose color is easy to foretell."""

import numpy as np
from PIL import Image

from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.restoration import restore


class Tinter:
    """Gives each photo a green channel that is its own, and a blue one that is its negative."""

    name = "tint"

    def __init__(self, identity="tint-1"):
        self.identity = identity
        self.request = PredictionRequest(size=64)
        self.calls = 0

    def restored(self, pixels):
        return restore(pixels, self.request.restore)

    def predict(self, pixels):
        sides = pixels.shape[:2]
        return Prediction(np.zeros(sides, np.float32), np.zeros((*sides, 2), np.float32))

    def merge(self, pixels, prediction, **settings):  # noqa: ARG002
        return self.colorize(pixels, **settings)

    def colorize(self, pixels, *, strength=1.0, out=None):  # noqa: ARG002
        self.calls += 1
        return tinted(pixels)


def tinted(pixels):
    """What `Tinter` makes of pixels."""
    green = pixels if pixels.ndim == 2 else pixels[..., 1]
    return np.stack([green // 2, green, np.iinfo(pixels.dtype).max - green], axis=-1)


def draw(path, seed=0, size=(13, 9)):
    """A photo of noise at a path; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def outputs(folder):
    """Paths of all files below a folder but the hidden ones."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def color(photos, out, colorizer=None, **settings):
    """`colorize_files` with a `Tinter`; one path will do."""
    photos = photos if isinstance(photos, list) else [photos]
    return colorize_files(photos, out, colorizer or Tinter(), **settings)


def statuses(results):
    """Names of the photos and what became of them."""
    return [(result.source.name, result.status) for result in results]


def assert_tinted(source, output):
    """The output is a lossless file of what `Tinter` makes of the photo."""
    with Image.open(source) as photo, Image.open(output) as colored:
        expected = tinted(np.asarray(photo.convert("RGB")))
        np.testing.assert_array_equal(np.asarray(colored), expected)
