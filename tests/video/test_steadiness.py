"""Color that follows a drawn pattern whose motion is known."""

import itertools

import cv2
import numpy as np

from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.video.shots import is_cut
from colorizer_tf.video.steadiness import AHEAD, BATCH, EVERY, TOGETHER, steady
from tests.video.drawing import pattern

SIDE, SHIFT, FRAMES = 64, 2, 36


def lightness(number):
    return (pattern(SHIFT * number, SIDE, SIDE) / 2.55).clip(0, 100).astype(np.float32)


def true_ab(number):
    wave = pattern(SHIFT * number, SIDE, SIDE) - 127
    return np.stack([wave / 3, -wave / 4], axis=-1).astype(np.float32)


def flickering(rng):
    """The pattern's own color, with errors that are new in each frame."""
    for number in range(FRAMES):
        coarse = rng.normal(0, 8, (8, 8, 2)).astype(np.float32)
        error = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        yield lightness(number), true_ab(number) + error


def steadied(film):
    """The steady ab of frames of which L* and the network's ab are given."""
    known = {values.tobytes(): ab for values, ab in film}

    def predict(batch):
        return [Prediction(values, known[values.tobytes()]) for values in batch]

    out = list(steady(enumerate(values for values, _ in film), predict))
    assert [number for number, _ in out] == list(range(len(film)))
    for (values, _), (_, prediction) in zip(film, out, strict=True):
        np.testing.assert_array_equal(prediction.lightness, values)
    return [prediction.ab for _, prediction in out]


def warping_error(colors):
    """Mean change of ab of the same point of the pattern from frame to frame."""
    pairs = itertools.pairwise(colors)
    return np.mean([np.abs(a[:, SHIFT:] - b[:, :-SHIFT]).mean() for a, b in pairs])


def test_color_follows_the_motion(rng):
    film = list(flickering(rng))
    before, after = [ab for _, ab in film], steadied(film)
    assert warping_error(after) <= 0.4 * warping_error(before)
    off = [
        np.mean([np.abs(ab - true_ab(n)).mean() for n, ab in enumerate(each)])
        for each in (before, after)
    ]
    assert off[1] < 0.7 * off[0]


def test_no_color_goes_over_a_cut():
    shots = [lightness(0), (100 - lightness(31)).T]
    colors = [np.full((SIDE, SIDE, 2), value, np.float32) for value in (40, -40)]
    film = [(shots[n // 9 % 2], colors[n // 9 % 2]) for n in range(36)]
    for number, ab in enumerate(steadied(film)):
        np.testing.assert_allclose(ab, colors[number // 9 % 2], atol=1e-2)


def test_between_gray_and_a_strong_color_the_mean_is_the_eye_s():
    # Halves in ln(1 + 0.045 C*), the integral of the weight that CIE94 gives differences of chroma.
    film = [(lightness(0), np.full((SIDE, SIDE, 2), 0, np.float32))]
    film += [(lightness(0) + 0.01 * n, np.full((SIDE, SIDE, 2), [60, 0], np.float32)) for n in [1]]
    known = {values.tobytes(): ab for values, ab in film}
    out = steady(
        enumerate(values for values, _ in film),
        lambda batch: [Prediction(v, known[v.tobytes()]) for v in batch],
        every=1,
    )
    wanted = (np.sqrt(1 + 0.045 * 60) - 1) / 0.045
    kept = [prediction.ab[20:40, 20:40, 0].mean() for _, prediction in out]
    assert abs(np.mean(kept) - wanted) < 0.5


def test_a_cut_is_told_from_a_flash_a_pan_and_a_still():
    shot = lightness(0)
    assert is_cut(shot, (100 - lightness(31)).T)
    for after in (shot, lightness(1), 0.5 * shot + 50, 0.4 * shot):
        assert not is_cut(shot, after)


def test_few_frames_are_held_however_long_the_film():
    taken = 0

    def film():
        nonlocal taken
        for number in range(200):
            taken += 1
            yield number, lightness(0)[:16, :16]

    def predict(batch):
        return [Prediction(values, true_ab(0)[:16, :16]) for values in batch]

    for number, _ in steady(film(), predict):
        assert taken - number <= BATCH * EVERY + AHEAD + TOGETHER
