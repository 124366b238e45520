"""`colorize --series`: steady color from one still to the next."""

import itertools

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.restoration import restore
from tests.video.drawing import pattern

SIDE, STILLS, MOVE = 64, 12, 2
SERIES = ColorizeOptions(series=True)


class Flickering:
    """Says something else of each still, alone or together with others."""

    name = identity = "flickering"
    request = PredictionRequest(size=SIDE)
    merge = staticmethod(Colorizer.merge)

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def restored(self, photo):
        return restore(photo, self.request.restore)

    def predict(self, photo):
        return self.predict_lightness(self.lightness(photo)[None])[0]

    def lightness(self, photo):
        return (photo.astype(np.float32) / 2.55).reshape(photo.shape[:2])

    def predict_lightness(self, lightness):
        return [Prediction(each, self._ab(each.shape)) for each in lightness]

    def _ab(self, shape):
        coarse = 15 + self.rng.normal(0, 8, (4, 4, 2)).astype(np.float32)
        return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def stills(tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in range(1, STILLS + 1):
        pixels = np.clip(pattern(MOVE * number, SIDE, SIDE), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"still{number}.png")
    return folder


def change(out):
    """The mean change of ab of the same point from still to still."""
    paths = [out / f"still{number}_colorized.png" for number in range(1, STILLS + 1)]
    labs = [rgb2lab(np.asarray(Image.open(path)))[..., 1:] for path in paths]
    pairs = itertools.pairwise(labs)
    return np.mean([np.abs(one[:, MOVE:] - two[:, :-MOVE]).mean() for one, two in pairs])


def test_color_is_steady_and_goes_on_after_a_break(stills, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    colorize_files([stills], one, Flickering())
    (stills / "bad.png").write_bytes(b"no picture")
    results = colorize_files([stills], two, Flickering(), SERIES)
    assert sorted(each.status for each in results) == ["done"] * STILLS + ["failed"]
    assert change(two) < 0.4 * change(one)
    before = change(two)
    (two / "still5_colorized.png").unlink()
    results = colorize_files([stills], two, Flickering(), SERIES)
    assert [each.source.name for each in results if each.status == "done"] == ["still5.png"]
    assert change(two) < 1.5 * before


def test_what_is_colored_each_by_itself_is_colored_again_as_a_series(stills, tmp_path):
    colorize_files([stills], tmp_path / "out", Flickering())
    results = colorize_files([stills], tmp_path / "out", Flickering(), SERIES)
    assert {each.status for each in results} == {"done"}


def test_variants_are_not_steady():
    with pytest.raises(UsageError, match="series"):
        ColorizeOptions(series=True, variants=2)
