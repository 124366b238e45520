"""A run that was killed goes on after its last whole segment."""

import numpy as np
import pytest

pytest.importorskip("av")

from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.video import film
from colorizer_tf.video.options import FilmOptions
from tests.video.drawing import FRAMES, draw_film, frames_of, packets_of

LONG = 5 * FRAMES


class Painter:
    """Stands in for a model: blue shadows, yellow light; ends the run after so many frames."""

    size, name, identity, request = 32, "painter", "painter", PredictionRequest()

    def __init__(self, most=10**6):
        self.left, self.seen = most, 0

    def predict_lightness(self, lightness):
        self.left -= len(lightness)
        self.seen += len(lightness)
        if self.left < 0:
            raise KeyboardInterrupt
        return [Prediction(each, np.dstack([each * 0, each - 50])) for each in lightness]


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "SEGMENT", 5)
    monkeypatch.setattr(film, "LOOKED_AT_AGAIN", 24)
    return draw_film(tmp_path / "film.mp4", frames=LONG)


def test_it_goes_on_where_it_was_killed(source, tmp_path):
    whole, target = tmp_path / "whole.mp4", tmp_path / "film_colorized.mp4"
    whole_film = Painter()
    film.color_film(source, whole, whole_film, FilmOptions())
    with pytest.raises(KeyboardInterrupt):
        film.color_film(source, target, Painter(28), FilmOptions())
    assert not target.exists()
    painter = Painter()
    made = film.color_film(source, target, painter, FilmOptions())
    assert made.frames == LONG
    assert 0 < made.kept < made.frames
    assert painter.seen < whole_film.seen
    assert {path.name for path in tmp_path.iterdir()} == {source.name, whole.name, target.name}
    one, other = frames_of(whole), frames_of(target)
    assert [frame.time for frame in other] == [frame.time for frame in one]
    assert packets_of(target, "audio") == packets_of(source, "audio")
    pairs = [
        [frame.to_ndarray(format="rgb24").astype(int) for frame in pair]
        for pair in zip(one, other, strict=True)
    ]
    apart = [np.abs(before - after).mean() for before, after in pairs]
    assert max(apart) < 2
    assert apart[-FRAMES:] == [0] * FRAMES


def test_other_settings_begin_anew(source, tmp_path):
    target = tmp_path / "film_colorized.mp4"
    with pytest.raises(KeyboardInterrupt):
        film.color_film(source, target, Painter(28), FilmOptions())
    made = film.color_film(source, target, Painter(), FilmOptions(crf=30))
    assert (made.frames, made.kept) == (LONG, 0)
