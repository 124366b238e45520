"""Names of outputs: by a template, the same from run to run, and no two alike."""

import dataclasses
import hashlib
import os
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.index import Claim, Entries, fold, slot_of

# Of every run; `batch.plan.template_values` adds the settings of one.
FIELDS = ("name", "parent", "ext")

# Of Linux, macOS and Windows, for one part of a path; a longer name is cut, and a digest of the
# whole tells it from others.
_MAX_BYTES, _DIGEST_DIGITS = 255, 8
_LONGEST_ENDING = ".webp"

_COLORIZED, _COMPARE = "_colorized", "_compare"
# What no name holds on one system or another.
_FORBIDDEN = frozenset('/\\\0<>:"|?*').union(map(chr, range(32)))
_SAFE = str.maketrans(dict.fromkeys(_FORBIDDEN, "_"))


class Template:
    """A checked `--name-template`."""

    def __init__(self, text: str, values: Mapping[str, object]) -> None:
        """Check it.

        Args:
            text: as the user gave it.
            values: of the fields that are the same for all photos, such as `model`.

        Raises:
            UsageError: if a field is unknown, `{name}` is missing, it does not end in `{ext}`, or
                a character is of those that names cannot hold.
        """
        self._text = text
        self._values = {name: str(value).translate(_SAFE) for name, value in values.items()}
        known = [*FIELDS[:-1], *values, FIELDS[-1]]
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise _refused(text, f"fields such as {{name}} ({error})") from None
        fields = [field for _, field, _, _ in parts if field is not None]
        if any(spec or conversion for _, _, spec, conversion in parts) or set(fields) - {*known}:
            raise _refused(text, "no other fields than " + ", ".join(f"{{{f}}}" for f in known))
        if "name" not in fields:
            raise _refused(text, "{name} in it")
        if fields.count("ext") != 1 or not text.endswith("{ext}"):
            raise _refused(text, "{ext} once, at its end")
        wrong = sorted(_FORBIDDEN.intersection("".join(literal for literal, _, _, _ in parts)))
        if wrong:
            raise _refused(text, f"no {wrong[0]!r}: a name, not a path")

    def stem(self, name: str, parent: str) -> str:
        """The name of an output without its ending."""
        return self._text.format(**self._values, name=name, parent=parent.translate(_SAFE), ext="")


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
        self, out: Path | None, entries: Entries, template: Template, *, compare: bool
    ) -> None:
        """Create it.

        Args:
            out: the folder; None for names in an archive, which may be of any length and collide
                with nothing on the disk.
            entries: of its index.
            template: of the names.
            compare: whether photos have a comparison as their second output.
        """
        self._on_disk = out is not None
        self._out = os.path.realpath(out) if out else ""
        self._entries, self._template, self._compare = entries, template, compare
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
        stems = self._stems(named, name)
        if self._on_disk:
            excess = max(_bytes(stem) for stem in stems) + len(_LONGEST_ENDING) - _MAX_BYTES
            if excess > 0:
                stems = self._stems(named, _shortened(name, excess))
        folded = [fold(each + named.ending) for each in stems]
        slots, real = self._prefixes_of(named.folder)
        place = Place(
            name,
            tuple(os.path.join(named.folder, each) for each in stems),
            tuple(slots + each for each in folded),
        )
        return _Spot(place, tuple(real + each for each in folded))

    def _stems(self, named: NamingInput, name: str) -> tuple[str, ...]:
        stem = self._template.stem(name, named.parent)
        both = self._compare and named.ending == ".*"
        return (stem, compare_stem(stem)) if both else (stem,)

    def _prefixes_of(self, folder: str) -> tuple[str, str]:
        """What slots in a folder start with, and those by where it really is."""
        if folder not in self._prefixes:
            real = os.path.join(self._out, folder)
            real = os.path.realpath(real) if self._on_disk else real
            self._prefixes[folder] = (
                fold(os.path.join(folder, "")),
                fold(os.path.join(real, "")),
            )
        return self._prefixes[folder]

    def _there_in(self, folder: str) -> frozenset[str]:
        if folder not in self._there:
            try:
                names = os.listdir(os.path.join(self._out, folder)) if self._on_disk else []
            except OSError:
                names = []
            real = self._prefixes_of(folder)[1]
            self._there[folder] = frozenset(real + slot_of(name) for name in names)
        return self._there[folder]


def _bytes(name: str) -> int:
    return len(os.fsencode(name))


def _shortened(name: str, excess: int) -> str:
    """The name with so many bytes less, at least, and a digest of the whole at its end."""
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:_DIGEST_DIGITS]
    most = max(_bytes(name) - excess - len(digest) - 1, 0)
    # Whole characters: a part of one is no valid name on some systems.
    while _bytes(name) > most:
        name = name[: -max((_bytes(name) - most) // 4, 1)]
    return f"{name}~{digest}"


def _plain(named: NamingInput) -> str:
    return os.path.splitext(named.name)[0]
