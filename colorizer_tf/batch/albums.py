"""Archives of photos into archives of colored photos, through a folder of finished files.

That folder has an index of its own, so that a killed run goes on inside of the archive. Its files
are numbered: nothing on the disk is called what an archive says.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from colorizer_tf.base.errors import ImageError, is_disk_full
from colorizer_tf.base.files import remove_parts
from colorizer_tf.base.progress import Progress
from colorizer_tf.batch.index import Entries, Finished, Index, fold, slot_of
from colorizer_tf.batch.naming import Named, Namer, Place, Template
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import (
    Job,
    PhotoResult,
    Stop,
    reason_of,
    settings_of,
    skipped,
)
from colorizer_tf.batch.plan import Model, Planned, album_settings, find_known
from colorizer_tf.batch.team import Team
from colorizer_tf.batch.zips import Album, Member, Packed, pack


@dataclass(frozen=True, slots=True)
class Setup:
    """What the parts of a run share."""

    out: Path
    index: Index
    options: ColorizeOptions
    model: Model
    stop: Stop
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive as it was found.

    Attributes:
        planned: where it is and where its result goes.
        total: photos in it.
        settled: results, if there is nothing to do.
        left: photos to color.
    """

    planned: Planned
    total: int
    settled: tuple[PhotoResult, ...] = ()
    left: int = 0


def look_into(setup: Setup, planned: Planned) -> Archive:
    """Read an archive's directory, and see whether it is done."""
    source = Path(planned.found.path)
    try:
        if planned.problem:
            raise ImageError(planned.problem)
        with Album(planned.found.path) as album:
            members, digest = album.photos(), album.digest()
        if not members:
            raise ImageError("no photos in it")
    except ImageError as error:
        return Archive(planned, 1, (PhotoResult(source, None, "failed", str(error)),))
    known = planned.known
    if known is None or known.sha256 != digest:
        # What was made of another content, or is gone, is of no use.
        return Archive(replace(planned, known=None), len(members), left=len(members))
    if known.missing:
        return Archive(planned, len(members), left=len(known.missing))
    if not planned.done:
        setup.index.finish(replace(known, stamp=planned.stamp))
    # Left where a kill came between noting the archive and clearing up after it.
    shutil.rmtree(_staging(setup, planned), ignore_errors=True)
    result = skipped(planned.found.path, setup.out, known)
    results = tuple(replace(result, source=source / each.path) for each in members)
    return Archive(planned, len(results), results)


def color_archive(
    setup: Setup, archive: Archive, team: Team, progress: Progress
) -> list[PhotoResult]:
    """Its photos' results; none if the run was stopped before the new archive stood."""
    if archive.settled:
        return list(archive.settled)
    planned = archive.planned
    staging = _staging(setup, planned)
    try:
        if setup.overwrite:
            shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True, exist_ok=True)
        remove_parts(staging)
        with Album(planned.found.path) as album, Index(staging) as index:
            work = _Work(setup, planned, album, staging, index)
            results = work.results(team, progress)
            if setup.stop.is_set:
                return []
            work.pack(results)
        shutil.rmtree(staging, ignore_errors=True)
        return results
    # Whatever one archive runs into, the others still get their turn.
    except Exception as error:
        if is_disk_full(error):
            setup.stop.now(reason_of(error))
        return [PhotoResult(Path(planned.found.path), None, "failed", reason_of(error))]


@dataclass(frozen=True, slots=True)
class _Task:
    """A member, its place in the new archive, and that of the files it is packed from."""

    member: Member
    place: Place
    staged: Place


class _Work:
    """One archive on its way."""

    def __init__(
        self, setup: Setup, planned: Planned, album: Album, staging: Path, index: Index
    ) -> None:
        self._setup, self._planned, self._album = setup, planned, album
        self._staging, self._index = staging, index
        self._target = planned.place.stems[0] + ".zip"
        self._tasks = self._plan(album.photos())
        # What an earlier run packed: only what was missing there is tried again.
        self._packed = self._names_packed() if planned.known else {}
        self._missing = set(planned.known.missing) if planned.known and self._packed else None

    def _plan(self, members: list[Member]) -> list[_Task]:
        options, model = self._setup.options, self._setup.model
        own_name = os.path.splitext(self._planned.found.name)[0]
        named = [
            Named(each.key, each.name, each.folder.rpartition("/")[2] or own_name, each.folder)
            for each in members
        ]
        # A folder that is not there: names in the archive meet nothing but each other.
        nowhere = self._staging / "names"
        template = Template(options.name_template)
        namer = Namer(nowhere, Entries(), template, model.name, compare=options.compare)
        return [
            _Task(member, place, _numbered(number, len(place.stems)))
            for number, (member, place) in enumerate(
                zip(members, namer.places(named, ()), strict=True)
            )
        ]

    def results(self, team: Team, progress: Progress) -> list[PhotoResult]:
        """Color what is not yet: one result a member, unless the run is stopped."""
        results = [self._without_work(task) for task in self._tasks]
        todo = [number for number, result in enumerate(results) if result is None]
        jobs = (self._job(self._tasks[number]) for number in todo)
        for number, result in team.color(jobs, len(todo), self._index, self._staging):
            results[todo[number]] = result
            progress.add(result is not None)
        return [
            self._named_inside(task, result)
            for task, result in zip(self._tasks, results, strict=True)
            if result is not None
        ]

    def pack(self, results: list[PhotoResult]) -> None:
        """Write the new archive of what was colored, and note it."""
        setup, planned = self._setup, self._planned
        failed = {
            task.member.key
            for task, result in zip(self._tasks, results, strict=True)
            if result.status == "failed"
        }
        good = [task for task in self._tasks if task.member.key not in failed]
        if not good or failed == self._missing:
            return
        size = pack(setup.out / self._target, self._files(good))
        setup.index.finish(
            Finished(
                slot=planned.place.slots[0],
                input=planned.key,
                size=planned.size,
                stamp=planned.stamp,
                sha256=self._album.digest(),
                identity=setup.model.identity,
                options=album_settings(setup.options),
                outputs={self._target: size},
                missing=sorted(failed),
            )
        )

    def _without_work(self, task: _Task) -> PhotoResult | None:
        source = self._source(task)
        if task.member.problem:
            return PhotoResult(source, None, "failed", task.member.problem)
        info = task.member.info
        made = settings_of(self._setup.options), self._setup.model.identity
        known = find_known(self._index.entries, self._staging, task.member.key, task.staged, made)
        if known and (known.size, known.stamp) == (info.file_size, info.CRC):
            return skipped(str(source), self._staging, known)
        if self._missing is not None and task.member.key not in self._missing:
            packed = self._packed[task.place.slots[0]]
            return PhotoResult(source, Path(packed.filename), "skipped", size=packed.file_size)
        return None

    def _source(self, task: _Task) -> Path:
        return Path(self._planned.found.path, task.member.path)

    def _job(self, task: _Task) -> Job:
        info = task.member.info
        return Job(
            source=str(self._source(task)),
            key=task.member.key,
            read=functools.partial(self._album.read, task.member),
            size=info.file_size,
            stamp=info.CRC,
            place=task.staged,
        )

    def _named_inside(self, task: _Task, result: PhotoResult) -> PhotoResult:
        if result.output is None:
            return result
        inside = self._setup.out / self._target / (task.place.stems[0] + result.output.suffix)
        return replace(result, output=inside)

    def _names_packed(self) -> dict[str, zipfile.ZipInfo]:
        """The entries of the archive that stands; none if it is not as an earlier run left it."""
        try:
            with zipfile.ZipFile(self._setup.out / self._target) as old:
                packed = {slot_of(info.filename): info for info in old.infolist()}
        except (OSError, zipfile.BadZipFile):
            return {}
        missing = set(self._planned.known.missing) if self._planned.known else set()
        there = (task.place.slots for task in self._tasks if task.member.key not in missing)
        return packed if all(packed.keys() >= set(slots) for slots in there) else {}

    def _files(self, tasks: list[_Task]) -> Iterator[Packed]:
        with contextlib.ExitStack() as files:
            old = None
            if self._packed:
                old = files.enter_context(zipfile.ZipFile(self._setup.out / self._target))
            for task in tasks:
                finished = self._index.entries.finished.get(task.staged.slots[0])
                outputs = {slot_of(name): name for name in finished.outputs} if finished else {}
                for stem, slot, staged in zip(
                    task.place.stems, task.place.slots, task.staged.slots, strict=True
                ):
                    date = task.member.info.date_time
                    opened: Callable[[], IO[bytes]]
                    if staged in outputs:
                        file = self._staging / outputs[staged]
                        path = stem.replace(os.sep, "/") + file.suffix
                        opened = functools.partial(_open, file)
                        yield Packed(opened, file.stat().st_size, path, date)
                    elif old:
                        info = self._packed[slot]
                        opened = functools.partial(old.open, info)
                        yield Packed(opened, info.file_size, info.filename, date)


def _open(file: Path) -> IO[bytes]:
    return file.open("rb")


def _numbered(number: int, count: int) -> Place:
    stems = tuple(f"{number:06d}{part}" for part in ("", "-compare")[:count])
    return Place("", stems, tuple(fold(f"{stem}.*") for stem in stems))


def _staging(setup: Setup, planned: Planned) -> Path:
    """A hidden folder beside the new archive, of its own for each."""
    own = hashlib.sha256(planned.place.slots[0].encode("utf-8", "surrogateescape")).hexdigest()
    return setup.out / planned.found.folder / f".colorizer-tf-{own[:16]}"
