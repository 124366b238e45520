"""Color that follows the motion within a shot: predictions of some frames, for all of them.

The network sees a few frames, the keys. Each frame's color becomes a mean along the motion over the
keys before and after it, with weights that fall by `KEPT` a frame and by the trust in the motion.
As all frames of a shot are averaged so, what the network says differently of each key fades. Over a
cut there is no link, so no color goes over it.

Means are of compressed chroma (see `compressed`), in whose units the eye sees color differ: where
the network wavers between gray and a strong color, the mean of ab itself is nearly that color.
"""

import dataclasses
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.video.motion import Link, link, warp
from colorizer_tf.video.shots import is_cut

KEPT = 0.97
# What a point gets that no key shows: the color of where the motion seems to come from.
LEAST_TRUST = 1e-3
# Each frame of a number that this divides is a key, and others where less than this is followed.
EVERY, FOLLOWED = 3, 0.6
# Keys that the network sees at a time.
BATCH = 5
# Frames that are looked at after a frame, and done at a time: memory is for both.
AHEAD, TOGETHER = 24, 12
# CIE94 and CIEDE2000 both divide chroma differences by 1 + 0.045 C*.
COMPRESSION = 0.045

Frame = TypeVar("Frame")
Predict = Callable[[np.ndarray], Sequence[Prediction]]


class _Step(NamedTuple, Generic[Frame]):
    """A frame, its links to the frame before and from that one to it, and whether it is a key."""

    frame: Frame
    lightness: np.ndarray
    to_previous: Link | None
    from_previous: Link | None
    is_key: bool


class _Colored(NamedTuple, Generic[Frame]):
    """A step, the prediction of it or of a key near it, and its own color.

    The color is `(h, w, 3)`: compressed ab and the weight 1 of a key, zeros of other frames.
    """

    step: _Step[Frame]
    prediction: Prediction
    own: np.ndarray


def steady(
    frames: Iterable[tuple[Frame, np.ndarray]],
    predict: Predict,
    *,
    every: int = EVERY,
    first: int = 0,
) -> Iterator[tuple[Frame, Prediction]]:
    """The frames with steady color, in order.

    Args:
        frames: of a film, whatever they are, and the L* `(h, w)` of each at the network's scale.
        predict: gives a prediction for each of some `(n, h, w)` L*.
        every: the most frames from one that is predicted to the next.
        first: the number in the film of the first frame: wherever one begins, the same are keys.

    Returns:
        Lazily, the frames and their color; at most `BATCH * every + AHEAD + TOGETHER` are held.
    """
    waiting: deque[_Colored[Frame]] = deque()
    past: np.ndarray | None = None
    for step in _predicted(_linked(frames, every, first), predict):
        waiting.append(step)
        if len(waiting) == AHEAD + TOGETHER:
            past = yield from _finished(waiting, TOGETHER, past)
    yield from _finished(waiting, len(waiting), past)


def compressed(ab: np.ndarray) -> np.ndarray:
    """Ab `(..., 2)` with chroma C* brought to ln(1 + 0.045 C*) / 0.045, hue kept."""
    chroma = COMPRESSION * np.sqrt(np.square(ab).sum(-1, keepdims=True) + 1e-6)
    return ab * (np.log1p(chroma) / chroma)


def expanded(ab: np.ndarray) -> np.ndarray:
    """The inverse of `compressed`."""
    chroma = COMPRESSION * np.sqrt(np.square(ab).sum(-1, keepdims=True) + 1e-6)
    return ab * (np.expm1(chroma) / chroma)


def _linked(
    frames: Iterable[tuple[Frame, np.ndarray]], every: int, first: int
) -> Iterator[_Step[Frame]]:
    before: np.ndarray | None = None
    followed = np.empty(0)
    for number, (frame, lightness) in enumerate(frames, first):
        to_previous = from_previous = None
        if before is not None and before.shape == lightness.shape and not is_cut(before, lightness):
            to_previous, from_previous = link(lightness, before)
            followed = to_previous.trust * warp(followed, to_previous.flow)
        is_key = to_previous is None or number % every == 0 or followed.mean() < FOLLOWED
        if is_key:
            followed = np.ones(lightness.shape, np.float32)
        before = lightness
        yield _Step(frame, lightness, to_previous, from_previous, is_key)


def _predicted(steps: Iterable[_Step[Frame]], predict: Predict) -> Iterator[_Colored[Frame]]:
    """The steps with their color; several keys of one size are predicted together."""
    waiting: list[_Step[Frame]] = []
    keys = 0
    for step in steps:
        resized = bool(waiting) and waiting[0].lightness.shape != step.lightness.shape
        if step.is_key and (keys == BATCH or resized):
            yield from _colored(waiting, predict)
            waiting, keys = [], 0
        waiting.append(step)
        keys += step.is_key
    if waiting:
        yield from _colored(waiting, predict)


def _colored(steps: list[_Step[Frame]], predict: Predict) -> Iterator[_Colored[Frame]]:
    """The first one is a key."""
    predictions = iter(predict(np.stack([step.lightness for step in steps if step.is_key])))
    for step in steps:
        own = np.zeros((*step.lightness.shape, 3), np.float32)
        if step.is_key:
            prediction = next(predictions)
            own[..., :2], own[..., 2] = compressed(prediction.ab), 1
        yield _Colored(step, dataclasses.replace(prediction, lightness=step.lightness), own)


def _finished(
    waiting: "deque[_Colored[Frame]]", count: int, past: np.ndarray | None
) -> Generator[tuple[Frame, Prediction], None, np.ndarray | None]:
    """Yield the first `count` frames, take them off, and return the sum over all up to them."""
    futures = _future_sums(list(waiting))
    for future in futures[:count]:
        step, prediction, own = waiting.popleft()
        past = _with(own, past, step.to_previous)
        # Both sums hold the frame itself.
        total = past + future - own
        ab = expanded(total[..., :2] / total[..., 2:])
        yield step.frame, dataclasses.replace(prediction, ab=ab, distribution=None)
    return past


def _future_sums(colors: "list[_Colored[Frame]]") -> list[np.ndarray]:
    sums: list[np.ndarray] = []
    follows: Link | None = None
    for color in reversed(colors):
        sums.append(_with(color.own, sums[-1] if sums else None, follows))
        follows = color.step.from_previous
    return sums[::-1]


def _with(own: np.ndarray, neighbor: np.ndarray | None, linked: Link | None) -> np.ndarray:
    """A frame's own weighted color, plus its neighbor's sum along the motion."""
    if neighbor is None or linked is None:
        return own
    share = KEPT * np.maximum(linked.trust, np.float32(LEAST_TRUST))
    return own + share[..., None] * warp(neighbor, linked.flow)
