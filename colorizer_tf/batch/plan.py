"""The plan of a run: for each photo and archive its place or problem, and whether it is done."""

import dataclasses
import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.batch.finding import Found
from colorizer_tf.batch.index import Entries, Finished, slot_of
from colorizer_tf.batch.naming import Namer, NamingInput, Place
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import settings_of
from colorizer_tf.batch.task import UNKNOWN_STAMP, stat_of
from colorizer_tf.batch.template import Template
from colorizer_tf.inference.guidance import NOTHING, NOTHING_OF_ANY, Guidance, GuidanceOf
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.video.names import suffix_for


@dataclass(frozen=True, slots=True)
class Model:
    """What a run needs to know of the model before it is loaded; see `Colorizer`."""

    name: str
    identity: str
    request: PredictionRequest = dataclasses.field(default_factory=PredictionRequest)


@dataclass(frozen=True, slots=True)
class Planned:
    """A photo or an archive.

    Attributes:
        found: where it is.
        key: what the index calls it.
        place: where its outputs go; nowhere if there is a problem.
        problem: why it cannot be colored, else empty.
        size: its bytes.
        stamp: see `stat_of`.
        known: the entry of an earlier run with the same model and options, if its outputs still
            exist.
        previous: the entry of whatever an earlier run wrote in that place.
        done: whether nothing is left to do: `known`, with the same stamp, and nothing missing.
        guidance: what a person said of the photo's colors; of an archive, see `archives`.
    """

    found: Found
    key: str
    place: Place
    problem: str
    size: int = 0
    stamp: int = 0
    known: Finished | None = None
    previous: Finished | None = None
    done: bool = False
    guidance: Guidance = NOTHING


_NOWHERE = Place("", (), ())
_NOT_IN_NAMES = ("name_template", "compare", "variants", "confidence", "format")


def plan_run(
    found: Sequence[Found],
    out: Path,
    entries: Entries,
    options: ColorizeOptions,
    model: Model,
    *,
    guidance: GuidanceOf = NOTHING_OF_ANY,
    overwrite: bool = False,
) -> list[Planned]:
    """The plans of photos and archives, in the order found.

    Args:
        found: the photos and archives.
        out: the output folder; may not exist yet.
        entries: of its index.
        options: of the command.
        model: its name and identity.
        guidance: what a person said of photos' colors.
        overwrite: color all again, and replace files that no earlier run wrote.

    Raises:
        UsageError: if the template of names is wrong.
    """
    template = Template(options.name_template, template_values(options, model))
    namer = Namer(out, entries, template, options)
    names = _Names(out)
    usable = [each for each in found if not each.problem]
    named = [names.of(each) for each in usable]
    places = namer.places(named, [each.real for each in found], overwrite=overwrite)
    with_place = iter(zip(named, places, strict=True))
    planned = []
    for each in found:
        if each.problem:
            planned.append(Planned(each, "", _NOWHERE, each.problem))
            continue
        name, place = next(with_place)
        size, stamp = stat_of(each.path)
        known, given = None, guidance.of(each.path)
        if not overwrite:
            if each.film:
                settings = film_settings(options, each)
            elif each.is_zip:
                settings = archive_settings(options, guidance)
            else:
                settings = settings_of(options, given)
            known = find_known(entries, out, name.key, place, (settings, model.identity))
        if known and known.size != size:
            known = None
        same = stamp != UNKNOWN_STAMP and known is not None and known.stamp == stamp
        done = same and known is not None and not known.missing
        previous = entries.finished.get(place.slots[0])
        planned.append(
            Planned(each, name.key, place, place.problem, size, stamp, known, previous, done, given)
        )
    return planned


def find_known(
    entries: Entries, folder: Path, key: str, place: Place, made: tuple[str, str]
) -> Finished | None:
    """The index's entry of an input and a place, if its outputs still exist.

    Args:
        entries: the index.
        folder: the index's.
        key: the input's.
        place: where its outputs go.
        made: the settings and the model's identity.
    """
    known = entries.finished.get(place.slots[0])
    if known is None or known.input != key or (known.options, known.identity) != made:
        return None
    slots = {slot_of(name): (name, size) for name, size in known.outputs.items()}
    for slot in place.slots:
        name, size = slots.get(slot, ("", -1))
        if stat_of(os.path.join(folder, name))[0] != size:
            return None
    return known


def archive_settings(options: ColorizeOptions, guidance: GuidanceOf) -> str:
    """The options that change the output of an archive: those of photos, and those of names."""
    names = f"compare={options.compare} name_template={options.name_template}"
    text = f"{settings_of(options)} {names}"
    return f"{text} given={guidance.digest}" if guidance else text


def film_settings(options: ColorizeOptions, found: Found) -> str:
    """The options that change the output of a film."""
    film = dataclasses.asdict(found.film) if found.film else {}
    parts = " ".join(f"{name}={value}" for name, value in film.items())
    return f"strength={options.strength} {parts}"


def check_names(options: ColorizeOptions) -> None:
    """Raise a `UsageError` if the template of names is wrong."""
    Template(options.name_template, template_values(options, Model("", "")))


def template_values(options: ColorizeOptions, model: Model) -> dict[str, object]:
    """The values of a template's fields that are the same for all photos of a run."""
    settings = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(options)
        if field.name not in _NOT_IN_NAMES
    }
    asked = {
        name: "+".join(value) or "none" if isinstance(value, tuple) else value
        for name, value in vars(model.request).items()
    }
    return {"model": model.name} | asked | settings


class _Names:
    """Inputs of the namer; paths of folders are resolved once a folder."""

    def __init__(self, out: Path) -> None:
        self._key_of = functools.cache(functools.partial(_relative, os.path.realpath(out)))
        self._parent_of = functools.cache(_own_name)

    def of(self, found: Found) -> NamingInput:
        real_folder, real_name = os.path.split(found.real)
        key = os.path.join(self._key_of(real_folder), real_name)
        parent = self._parent_of(os.path.dirname(found.path))
        ending = ".zip" if found.is_zip else suffix_for(found.name) if found.film else ".*"
        return NamingInput(key, found.name, parent, found.folder, ending)


def _relative(real_out: str, real_folder: str) -> str:
    try:
        path = os.path.relpath(real_folder, real_out)
    except ValueError:  # on another drive
        return real_folder
    return "" if path == os.curdir else path


def _own_name(folder: str) -> str:
    return os.path.basename(os.path.abspath(folder))
