"""Thumbnails for a report: the best and worst photos of each entry, and a sample of all."""

import math
from dataclasses import dataclass, field

import numpy as np

from colorizer_tf.evaluation.photos import spread
from colorizer_tf.images.thumbnails import data_uri

SIDE = 192
_MOST_PER_ENTRY = 6


@dataclass
class Shown:
    """A photo in the report.

    Attributes:
        index: of the photo.
        reasons: "worst 1 of NAME" and the like.
        pictures: `data:` URIs by the entry's name.
        width: of the thumbnails, in pixels; no side is over `SIDE`.
        height: of the thumbnails.
        groups: "worst of NAME" and the like.
    """

    index: int
    reasons: list[str]
    pictures: dict[str, str]
    width: int
    height: int
    groups: list[str] = field(default_factory=list)


@dataclass
class Gallery:
    """Selects photos while they are scored, and keeps the thumbnails of the selected ones only.

    Args:
        names: entries whose best and worst photos are selected.
        photos: number of photos that will be offered.
        pictures: about how many to select; 0 selects none.
    """

    names: list[str]
    photos: int
    pictures: int
    _kept: dict[int, Shown] = field(default_factory=dict)
    _best: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    _worst: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    _sample: set[int] = field(default_factory=set)
    _each: int = 0

    def __post_init__(self) -> None:
        if not self.pictures:
            return
        self._each = min(_MOST_PER_ENTRY, max(1, self.pictures // (3 * max(1, len(self.names)))))
        rest = self.pictures - 2 * self._each * len(self.names)
        if rest > 0:
            self._sample = set(spread(range(self.photos), min(rest, self.photos)))

    def offer(
        self, index: int, scores: dict[str, float], thumbnails: dict[str, np.ndarray]
    ) -> None:
        """Select a photo if it ranks among the best or worst so far.

        Args:
            index: of the photo.
            scores: CIEDE2000 of each entry that has a picture of it.
            thumbnails: by the entry's name, "truth" included.
        """
        if not self.pictures:
            return
        for name in self.names:
            if math.isfinite(scores.get(name, math.nan)):
                for chosen, sign in ((self._best, 1), (self._worst, -1)):
                    ranked = sorted([*chosen.get(name, []), (sign * scores[name], index)])
                    chosen[name] = ranked[: self._each]
        reasons = self._reasons()
        if index in reasons:
            pictures = {name: data_uri(picture) for name, picture in thumbnails.items()}
            height, width = next(iter(thumbnails.values())).shape[:2]
            self._kept[index] = Shown(index, [], pictures, width, height)
        self._kept = {kept: shown for kept, shown in self._kept.items() if kept in reasons}

    def _reasons(self) -> dict[int, list[tuple[str, int, str]]]:
        reasons: dict[int, list[tuple[str, int, str]]] = {index: [] for index in self._sample}
        for title, chosen in (("worst", self._worst), ("best", self._best)):
            for name, ranked in chosen.items():
                for place, (_, index) in enumerate(ranked, 1):
                    reasons.setdefault(index, []).append((title, place, name))
        return reasons

    def shown(self) -> list[Shown]:
        """The selected photos, by index."""
        reasons = self._reasons()
        for index, shown in self._kept.items():
            shown.reasons = [f"{title} {place} of {name}" for title, place, name in reasons[index]]
            shown.groups = [f"{title} of {name}" for title, _, name in reasons[index]]
        return [self._kept[index] for index in sorted(self._kept)]
