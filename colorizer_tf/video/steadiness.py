"""Color that follows the motion within a shot: predictions of single frames, made steady.

Each frame's ab becomes a mean along the motion over the frames before and after it, with weights
that fall by `KEPT` a frame and by the trust in the motion. As all frames of a shot are averaged so,
what the network says differently of each of them fades. Over a cut there is no link, so no color
goes over it.
"""

import dataclasses
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.video.motion import Link, link, warp
from colorizer_tf.video.shots import is_cut

KEPT = 0.9
# Frames that are looked at after a frame, and done at a time: memory is for both.
AHEAD = 12
TOGETHER = 8

Frame = TypeVar("Frame")


class _Step(NamedTuple, Generic[Frame]):
    """A frame, its prediction, and its links to the frame before and from that one to it."""

    frame: Frame
    prediction: Prediction
    to_previous: Link | None
    from_previous: Link | None


class _Sum(NamedTuple):
    """Weighted ab, and the weights: `(h, w, 2)` and `(h, w)`."""

    ab: np.ndarray
    weight: np.ndarray


def steady(
    predicted: Iterable[tuple[Frame, Prediction]],
) -> Iterator[tuple[Frame, Prediction]]:
    """The same frames with steady color, in order.

    Args:
        predicted: frames of a film, whatever they are, and the color predicted for each. All
            lightness has one shape.

    Returns:
        Lazily, the frames with their new predictions; at most `AHEAD + TOGETHER` are held.
    """
    waiting: deque[_Step[Frame]] = deque()
    past: _Sum | None = None
    for step in _linked(predicted):
        waiting.append(step)
        if len(waiting) == AHEAD + TOGETHER:
            past = yield from _finished(waiting, TOGETHER, past)
    yield from _finished(waiting, len(waiting), past)


def _linked(predicted: Iterable[tuple[Frame, Prediction]]) -> Iterator[_Step[Frame]]:
    before: np.ndarray | None = None
    for frame, prediction in predicted:
        lightness = prediction.lightness
        links: tuple[Link | None, Link | None] = (None, None)
        if before is not None and not is_cut(before, lightness):
            links = link(lightness, before)
        before = lightness
        yield _Step(frame, prediction, *links)


def _finished(
    waiting: "deque[_Step[Frame]]", count: int, past: _Sum | None
) -> Generator[tuple[Frame, Prediction], None, _Sum | None]:
    """Yield the first `count` frames, take them off, and return the sum over all up to them."""
    futures = _future_sums(list(waiting))
    for future in futures[:count]:
        step = waiting.popleft()
        ab = step.prediction.ab
        past = _with(ab, past, step.to_previous)
        # Both sums hold the frame itself.
        weight = past.weight + future.weight - 1
        mean = (past.ab + future.ab - ab) / weight[..., None]
        yield step.frame, dataclasses.replace(step.prediction, ab=mean, distribution=None)
    return past


def _future_sums(steps: "list[_Step[Frame]]") -> list[_Sum]:
    sums: list[_Sum] = []
    follows: Link | None = None
    for step in reversed(steps):
        sums.append(_with(step.prediction.ab, sums[-1] if sums else None, follows))
        follows = step.from_previous
    return sums[::-1]


def _with(ab: np.ndarray, neighbor: _Sum | None, linked: Link | None) -> _Sum:
    """A frame's own ab, plus its neighbor's sum along the motion."""
    if neighbor is None or linked is None:
        return _Sum(ab, np.ones(ab.shape[:2], np.float32))
    share = KEPT * linked.trust
    return _Sum(
        ab + share[..., None] * warp(neighbor.ab, linked.flow),
        1 + share * warp(neighbor.weight, linked.flow),
    )
