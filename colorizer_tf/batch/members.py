"""The photos of an archive, and their places in the new archive and among its staged files."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.batch.index import Entries, fold, slot_of
from colorizer_tf.batch.naming import Namer, NamingInput, Place
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model, Planned, template_values
from colorizer_tf.batch.template import Template, all_stems
from colorizer_tf.records.sources.zips import Member


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """A member, its place in the new archive, and that of its files in the staging folder."""

    member: Member
    place: Place
    staged: Place


def plan_members(
    options: ColorizeOptions, model: Model, planned: Planned, members: list[Member]
) -> list[MemberPlan]:
    """A plan for each photo of an archive, in its order.

    Args:
        options: of the command.
        model: its name and identity.
        planned: the archive.
        members: its photos.
    """
    own_name = os.path.splitext(planned.found.name)[0]
    inputs = [
        NamingInput(
            member.key, member.name, member.folder.rpartition("/")[2] or own_name, member.folder
        )
        for member in members
    ]
    template = Template(options.name_template, template_values(options, model))
    places = Namer(None, Entries(), template, options).places(inputs, ())
    return [
        MemberPlan(member, place, _numbered(number, options))
        for number, (member, place) in enumerate(zip(members, places, strict=True))
    ]


def packed_in(archive: Path | None) -> dict[str, zipfile.ZipInfo]:
    """The entries of a colored archive by slot; none if it cannot be read."""
    try:
        with zipfile.ZipFile(archive or "") as old:
            return {slot_of(info.filename): info for info in old.infolist()}
    except (OSError, zipfile.BadZipFile):
        return {}


def _numbered(number: int, options: ColorizeOptions) -> Place:
    stems = all_stems(f"{number:06d}", options)
    return Place("", stems, tuple(fold(f"{stem}.*") for stem in stems))
