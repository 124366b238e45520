"""Places of outputs: the same from run to run, and no two alike."""

import dataclasses
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.batch.index import Claim, Entries, fold, slot_of
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.template import (
    LONGEST_ENDING,
    MAX_NAME_BYTES,
    Template,
    all_stems,
    shortened,
    size_of,
)


@dataclass(frozen=True, slots=True)
class NamingInput:
    """An input whose output needs a name.

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
        name: the part of the stems that stands for the input's name.
        stems: paths below the output folder, without ending: the output's or its variants', then
            those of what goes with it, see `template.all_stems`.
        slots: what the index calls them.
        problem: why nothing may be written there, else empty.
    """

    name: str
    stems: tuple[str, ...]
    slots: tuple[str, ...]
    problem: str = ""

    def claims(self, key: str) -> list[Claim]:
        """Its entries in the index."""
        return [Claim(slot, key, self.name) for slot in self.slots]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place, and its slots with the folder's real path: by links two folders may be one."""

    place: Place
    real: tuple[str, ...]


class Namer:
    """Gives each input a place of its own in a folder, by the folder's files and its index."""

    def __init__(
        self, out: Path | None, entries: Entries, template: Template, options: ColorizeOptions
    ) -> None:
        """Create it.

        Args:
            out: the folder; None for names in an archive, which may be of any length and collide
                with nothing on the disk.
            entries: of its index.
            template: of the names.
            options: tell how many outputs photos have.
        """
        self._on_disk = out is not None
        self._out = os.path.realpath(out) if out else ""
        self._entries, self._template, self._options = entries, template, options
        self._prefixes: dict[str, tuple[str, str]] = {}
        self._existing: dict[str, frozenset[str]] = {}
        self._numbers: dict[str, int] = {}

    def places(
        self, inputs: Sequence[NamingInput], real_inputs: Iterable[str], *, overwrite: bool = False
    ) -> list[Place]:
        """A place for each.

        An input keeps the name that it had in an earlier run. Others get their name without its
        ending, with it where several would collide, and a number where that is not enough. A file
        that no earlier run wrote is a problem, unless it may be overwritten.

        Args:
            inputs: in a fixed order.
            real_inputs: paths without links of files that are never overwritten.
            overwrite: whether files that no earlier run wrote may be.
        """
        taken = {slot_of(path) for path in real_inputs}
        kept = [self._kept(each, taken) for each in inputs]
        plain = [self._candidate(each, _without_ending(each)) for each in inputs]
        wanted = Counter(candidate.real[0] for candidate in plain)
        places = []
        for given, old, candidate in zip(inputs, kept, plain, strict=True):
            alone = wanted[candidate.real[0]] == 1 and self._is_free(given, candidate, taken)
            chosen = old or (candidate if alone else self._disambiguated(given, taken))
            taken.update(chosen.real)
            problem = "" if overwrite else self._conflict(given, chosen)
            place = chosen.place
            places.append(dataclasses.replace(place, problem=problem) if problem else place)
        return places

    def _kept(self, given: NamingInput, taken: set[str]) -> _Candidate | None:
        for name in self._entries.names_of(given.key):
            candidate = self._candidate(given, name)
            owner = self._entries.claims.get(candidate.place.slots[0])
            if owner and owner.input == given.key and taken.isdisjoint(candidate.real):
                taken.update(candidate.real)
                return candidate
        return None

    def _disambiguated(self, given: NamingInput, taken: set[str]) -> _Candidate:
        candidate = self._candidate(given, given.name)
        # Continues where the last one of this name ended: there may be thousands.
        whole = candidate.real[0]
        while not self._is_free(given, candidate, taken):
            number = self._numbers.get(whole, 1) + 1
            self._numbers[whole] = number
            candidate = self._candidate(given, f"{given.name}-{number}")
        return candidate

    def _is_free(self, given: NamingInput, candidate: _Candidate, taken: set[str]) -> bool:
        return taken.isdisjoint(candidate.real) and not any(
            (claim := self._entries.claims.get(slot))
            and claim.input != given.key
            and real in self._existing_in(given.folder)
            for slot, real in zip(candidate.place.slots, candidate.real, strict=True)
        )

    def _conflict(self, given: NamingInput, candidate: _Candidate) -> str:
        place = candidate.place
        for stem, slot, real in zip(place.stems, place.slots, candidate.real, strict=True):
            if slot not in self._entries.claims and real in self._existing_in(given.folder):
                return (
                    f"{os.path.basename(stem)}{given.ending} is there already, and no earlier run "
                    "made it: --overwrite replaces it"
                )
        return ""

    def _candidate(self, given: NamingInput, name: str) -> _Candidate:
        stems = self._stems(given, name)
        if self._on_disk:
            excess = max(size_of(stem) for stem in stems) + len(LONGEST_ENDING) - MAX_NAME_BYTES
            if excess > 0:
                stems = self._stems(given, shortened(name, excess))
        folded = [fold(each + given.ending) for each in stems]
        slots, real = self._prefixes_of(given.folder)
        place = Place(
            name,
            tuple(os.path.join(given.folder, each) for each in stems),
            tuple(slots + each for each in folded),
        )
        return _Candidate(place, tuple(real + each for each in folded))

    def _stems(self, given: NamingInput, name: str) -> tuple[str, ...]:
        stem = self._template.stem(name, given.parent)
        return all_stems(stem, self._options) if given.ending == ".*" else (stem,)

    def _prefixes_of(self, folder: str) -> tuple[str, str]:
        """The start of slots in a folder, and their start with its real path."""
        if folder not in self._prefixes:
            real = os.path.join(self._out, folder)
            real = os.path.realpath(real) if self._on_disk else real
            self._prefixes[folder] = (
                fold(os.path.join(folder, "")),
                fold(os.path.join(real, "")),
            )
        return self._prefixes[folder]

    def _existing_in(self, folder: str) -> frozenset[str]:
        if folder not in self._existing:
            try:
                names = os.listdir(os.path.join(self._out, folder)) if self._on_disk else []
            except OSError:
                names = []
            real = self._prefixes_of(folder)[1]
            self._existing[folder] = frozenset(real + slot_of(name) for name in names)
        return self._existing[folder]


def _without_ending(given: NamingInput) -> str:
    return os.path.splitext(given.name)[0]
