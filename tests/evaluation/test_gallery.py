"""Which photos a report shows."""

import base64

import cv2
import numpy as np

from colorizer_tf.evaluation.gallery import SIDE, Gallery
from colorizer_tf.images.thumbnails import thumbnail


def filled(scores, names, pictures):
    gallery = Gallery(names, len(scores), pictures)
    for index, row in enumerate(scores):
        picture = np.full((6, 8, 3), index % 256, np.uint8)
        gallery.offer(index, dict(zip(names, row, strict=True)), dict.fromkeys(names, picture))
    return gallery.shown()


def test_the_best_and_worst_of_each_entry_are_shown(rng):
    scores = rng.uniform(0, 30, (300, 2))
    shown = filled(scores, ["one", "two"], 24)
    for column, name in enumerate(("one", "two")):
        order = np.argsort(scores[:, column])
        for group, expected in (("best", order[:4]), ("worst", order[::-1][:4])):
            found = [photo.index for photo in shown if f"{group} of {name}" in photo.groups]
            assert found == sorted(expected), (group, name)
            first = next(p for p in shown if f"{group} 1 of {name}" in p.reasons)
            assert first.index == expected[0]
    assert 16 <= len(shown) <= 24
    assert [photo.index for photo in shown] == sorted(photo.index for photo in shown)


def test_the_rest_is_spread_over_all():
    shown = filled([[5.0]] * 100, ["one"], 12)
    plain = [photo.index for photo in shown if not photo.groups]
    assert len(shown) <= 12
    assert np.diff(plain).max() <= 30


def test_none_are_shown_if_none_are_wanted(rng):
    assert filled(rng.uniform(0, 9, (20, 1)), ["one"], 0) == []


def test_a_photo_without_a_score_is_never_the_best():
    shown = filled([[3.0], [np.nan], [1.0]], ["one"], 3)
    best = [photo.index for photo in shown if "best of one" in photo.groups]
    assert best == [2]


def test_thumbnails_are_small_and_decode_to_the_picture(rng):
    picture = cv2.resize(rng.integers(0, 256, (5, 7, 3), np.uint8), (700, 500))
    small = thumbnail(picture, SIDE)
    assert small.shape == (137, 192, 3)
    assert thumbnail(small, SIDE) is small
    gallery = Gallery(["one"], 1, 1)
    gallery.offer(0, {"one": 1.0}, {"one": small})
    head, data = gallery.shown()[0].pictures["one"].split(",")
    assert head == "data:image/webp;base64"
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded[..., ::-1].astype(int) - small).mean() < 6
