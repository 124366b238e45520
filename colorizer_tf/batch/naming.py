"""Names of outputs: by a template, the same from run to run, and no two alike."""

import dataclasses
import os
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.index import Claim, Entries, fold, slot_of

FIELDS = ("name", "parent", "model", "ext")

_COLORIZED, _COMPARE = "_colorized", "_compare"
# What no name holds on one system or another.
_FORBIDDEN = frozenset('/\\\0<>:"|?*').union(map(chr, range(32)))
_SAFE = str.maketrans(dict.fromkeys(_FORBIDDEN, "_"))


class Template:
    """A checked `--name-template`."""

    def __init__(self, text: str) -> None:
        """Check it.

        Raises:
            UsageError: if a field is unknown, `{name}` is missing, it does not end in `{ext}`, or
                a character is of those that names cannot hold.
        """
        self._text = text
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise _refused(text, f"fields such as {{name}} ({error})") from None
        fields = [field for _, field, _, _ in parts if field is not None]
        if any(spec or conversion for _, _, spec, conversion in parts) or set(fields) - {*FIELDS}:
            raise _refused(text, "no other fields than " + ", ".join(f"{{{f}}}" for f in FIELDS))
        if "name" not in fields:
            raise _refused(text, "{name} in it")
        if fields.count("ext") != 1 or not text.endswith("{ext}"):
            raise _refused(text, "{ext} once, at its end")
        wrong = sorted(_FORBIDDEN.intersection("".join(literal for literal, _, _, _ in parts)))
        if wrong:
            raise _refused(text, f"no {wrong[0]!r}: a name, not a path")

    def stem(self, name: str, *, parent: str, model: str) -> str:
        """The name of an output without its ending."""
        return self._text.format(
            name=name, parent=parent.translate(_SAFE), model=model.translate(_SAFE), ext=""
        )


def _refused(text: str, expected: str) -> UsageError:
    return UsageError(f"--name-template: received {text!r}, expected {expected}")


def compare_stem(stem: str) -> str:
    """The name of the comparison that goes with an output: `a_compare` with `a_colorized`."""
    return stem.removesuffix(_COLORIZED) + _COMPARE


@dataclass(frozen=True, slots=True)
class NamingInput:
    """An input whose output is to be named.

    Attributes:
        key: what the index calls it.
        name: its own name.
        parent: the name of the folder it lies in.
        folder: where the output goes, below the output folder.
        ending: ".*" for a photo, whose content decides; ".zip" for an archive.
    """

    key: str
    name: str
    parent: str
    folder: str
    ending: str = ".*"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outputs of an input go.

    Attributes:
        name: what stands for the input's name.
        stems: paths below the output folder, without ending: the output's, then the comparison's
            if there is one.
        slots: what the index calls them.
        problem: why nothing may be written there, else empty.
    """

    name: str
    stems: tuple[str, ...]
    slots: tuple[str, ...]
    problem: str = ""

    def claims(self, key: str) -> list[Claim]:
        """What the index is to hold of it."""
        return [Claim(slot, key, self.name) for slot in self.slots]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place, and its slots by where its folder really is: links may lead two folders to one."""

    place: Place
    real: tuple[str, ...]


class Namer:
    """Gives each input a place of its own in one folder, by what is there and its index."""

    def __init__(
        self, out: Path, entries: Entries, template: Template, model: str, *, compare: bool
    ) -> None:
        self._out = os.path.realpath(out)
        self._entries = entries
        self._template, self._model, self._compare = template, model, compare
        self._prefixes: dict[str, tuple[str, str]] = {}
        self._there: dict[str, frozenset[str]] = {}
        self._numbers: dict[str, int] = {}

    def places(
        self, inputs: Sequence[NamingInput], real_inputs: Iterable[str], *, overwrite: bool = False
    ) -> list[Place]:
        """A place for each.

        An input keeps the name that it had in an earlier run. Others get their name without its
        ending; with it where several would meet; and a number where that is not enough. A file
        that no earlier run wrote is a problem, unless it may be overwritten.

        Args:
            inputs: in a fixed order.
            real_inputs: paths without links of files that are never overwritten.
            overwrite: whether files of others may be.
        """
        taken = {slot_of(path) for path in real_inputs}
        kept = [self._kept(each, taken) for each in inputs]
        plain = [self._spot(each, _plain(each)) for each in inputs]
        wanted = Counter(spot.real[0] for spot in plain)
        places = []
        for named, old, spot in zip(inputs, kept, plain, strict=True):
            alone = wanted[spot.real[0]] == 1 and self._is_free(named, spot, taken)
            chosen = old or (spot if alone else self._disambiguated(named, taken))
            taken.update(chosen.real)
            problem = "" if overwrite else self._conflict(named, chosen)
            place = chosen.place
            places.append(dataclasses.replace(place, problem=problem) if problem else place)
        return places

    def _kept(self, named: NamingInput, taken: set[str]) -> _Spot | None:
        for name in self._entries.names_of(named.key):
            spot = self._spot(named, name)
            owner = self._entries.claims.get(spot.place.slots[0])
            if owner and owner.input == named.key and taken.isdisjoint(spot.real):
                taken.update(spot.real)
                return spot
        return None

    def _disambiguated(self, named: NamingInput, taken: set[str]) -> _Spot:
        spot = self._spot(named, named.name)
        # Goes on where the last one of this name ended: they may be thousands.
        whole = spot.real[0]
        while not self._is_free(named, spot, taken):
            number = self._numbers.get(whole, 1) + 1
            self._numbers[whole] = number
            spot = self._spot(named, f"{named.name}-{number}")
        return spot

    def _is_free(self, named: NamingInput, spot: _Spot, taken: set[str]) -> bool:
        return taken.isdisjoint(spot.real) and not any(
            (claim := self._entries.claims.get(slot))
            and claim.input != named.key
            and real in self._there_in(named.folder)
            for slot, real in zip(spot.place.slots, spot.real, strict=True)
        )

    def _conflict(self, named: NamingInput, spot: _Spot) -> str:
        place = spot.place
        for stem, slot, real in zip(place.stems, place.slots, spot.real, strict=True):
            if slot not in self._entries.claims and real in self._there_in(named.folder):
                return (
                    f"{os.path.basename(stem)}{named.ending} is there already, and no earlier run "
                    "made it: --overwrite replaces it"
                )
        return ""

    def _spot(self, named: NamingInput, name: str) -> _Spot:
        stem = self._template.stem(name, parent=named.parent, model=self._model)
        both = self._compare and named.ending == ".*"
        stems = (stem, compare_stem(stem)) if both else (stem,)
        folded = [fold(each + named.ending) for each in stems]
        slots, real = self._prefixes_of(named.folder)
        place = Place(
            name,
            tuple(os.path.join(named.folder, each) for each in stems),
            tuple(slots + each for each in folded),
        )
        return _Spot(place, tuple(real + each for each in folded))

    def _prefixes_of(self, folder: str) -> tuple[str, str]:
        """What slots in a folder start with, and those by where it really is."""
        if folder not in self._prefixes:
            real = os.path.realpath(os.path.join(self._out, folder))
            self._prefixes[folder] = (
                fold(os.path.join(folder, "")),
                fold(os.path.join(real, "")),
            )
        return self._prefixes[folder]

    def _there_in(self, folder: str) -> frozenset[str]:
        if folder not in self._there:
            try:
                names = os.listdir(os.path.join(self._out, folder))
            except OSError:
                names = []
            real = self._prefixes_of(folder)[1]
            self._there[folder] = frozenset(real + slot_of(name) for name in names)
        return self._there[folder]


def _plain(named: NamingInput) -> str:
    return os.path.splitext(named.name)[0]
