"""Matches pictures in a folder to the photos that they were made from, by name.

A picture of `sub/a.jpg` is called `sub/a` with any suffix, or `sub/a.jpg` and a suffix; endings
that programs add, as in `a_colorized.png`, are removed first. If no folder matches, the file name
decides where it is unique on both sides. A photo with two possible pictures side by side gets
neither: one of them may be the original.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from colorizer_tf.images import IMAGE_SUFFIXES

_ENDING = re.compile("(" + "|".join(map(re.escape, sorted(IMAGE_SUFFIXES))) + ")$", re.IGNORECASE)
_ADDED = re.compile(r"[-_. ](colou?ri[sz]ed|colou?r|out|output|result|fake|fake_reg)$", re.I)


@dataclass
class Matches:
    """The result of `match`.

    Attributes:
        of_photo: index of the picture, by the index of the photo.
        ambiguous: names of several possible pictures, by the index of the photo.
        unmatched: names of pictures that match no photo.
    """

    of_photo: dict[int, int] = field(default_factory=dict)
    ambiguous: dict[int, list[str]] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)


def match(photos: Sequence[str], pictures: Sequence[str]) -> Matches:
    """Match pictures to photos.

    Args:
        photos: paths inside their source, with "/".
        pictures: paths inside the folder, with "/".
    """
    found = Matches()
    rest = set(range(len(pictures)))
    readings = _Readings(photos, pictures)
    # From the strictest rule to the loosest; each applies to what is left by those before it.
    for photo_key, picture_key in (
        (_exact, _exact),
        (_exact, _plain),
        (_stem, _stem),
        (_stem, _plain),
        (_own_stem, _own_plain),
    ):
        wanted = _grouped(photos, photo_key, (i for i in range(len(photos)) if _open(found, i)))
        offered = _grouped(pictures, picture_key, rest)
        for key, indices in wanted.items():
            choice = offered.get(key, [])
            if len(indices) == 1 and choice:
                choice = sorted({*choice, *(readings.of(indices[0]) & rest)})
            if len(indices) == 1 and len(choice) == 1:
                found.of_photo[indices[0]] = choice[0]
                rest.discard(choice[0])
            elif len(indices) == 1 and choice:
                found.ambiguous[indices[0]] = [pictures[index] for index in choice]
                rest -= set(choice)
    found.unmatched = [pictures[index] for index in sorted(rest)]
    return found


class _Readings:
    """Pictures in a photo's own folder that could be of it under any of the rules."""

    def __init__(self, photos: Sequence[str], pictures: Sequence[str]) -> None:
        self._photos, self._pictures = photos, pictures
        self._names, self._stems = set(photos), set(map(_stem, photos))
        self._by_reading: dict[str, set[int]] = defaultdict(set)
        for index, name in enumerate(pictures):
            for reading in (_exact(name), _stem(name), _plain(name)):
                self._by_reading[reading].add(index)

    def of(self, photo: int) -> set[int]:
        """Indices of the pictures, without those that have the name of another photo."""
        name = self._photos[photo]
        could_be = set[int]().union(*(self._by_reading.get(k, ()) for k in (name, _stem(name))))
        return {index for index in could_be if not self._is_of_another(self._pictures[index], name)}

    def _is_of_another(self, picture: str, photo: str) -> bool:
        if picture in self._names:
            return picture != photo
        stem = _stem(picture)
        return stem in self._stems and stem != _stem(photo)


def _open(found: Matches, photo: int) -> bool:
    return photo not in found.of_photo and photo not in found.ambiguous


def _grouped(
    names: Sequence[str], key: Callable[[str], str], indices: Iterable[int]
) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index in indices:
        groups[key(names[index])].append(index)
    return groups


def _exact(name: str) -> str:
    return name


def _stem(name: str) -> str:
    return _ENDING.sub("", name)


def _plain(name: str) -> str:
    return _ADDED.sub("", _stem(name))


def _own_stem(name: str) -> str:
    return _stem(name).rpartition("/")[2]


def _own_plain(name: str) -> str:
    return _plain(name).rpartition("/")[2]
