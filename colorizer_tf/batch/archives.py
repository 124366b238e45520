"""Archives of photos to archives of colored photos, through a staging folder of finished files.

The staging folder has an index of its own, so that a killed run goes on inside of the archive. Its
files are numbered: no name from an archive becomes a name on the disk.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from colorizer_tf.base.errors import ImageError, is_disk_full
from colorizer_tf.base.files import remove_parts
from colorizer_tf.base.progress import Progress
from colorizer_tf.batch.index import Finished, Index, slot_of
from colorizer_tf.batch.members import MemberPlan, packed_in, plan_members
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import reason_of, settings_of
from colorizer_tf.batch.plan import Model, Planned, archive_settings, find_known
from colorizer_tf.batch.session import Session
from colorizer_tf.batch.task import (
    DONE_ALREADY,
    PhotoResult,
    PhotoTask,
    failed,
    replacement_note,
    skipped,
)
from colorizer_tf.batch.zips import FILMS_IN_ARCHIVES, PackedFile, ZipReader, pack
from colorizer_tf.inference.guidance import NOTHING_OF_ANY, GuidanceOf
from colorizer_tf.records.sources.zips import Member


@dataclass(frozen=True, slots=True)
class RunContext:
    """What the parts of a run share."""

    out: Path
    index: Index
    options: ColorizeOptions
    model: Model
    session: Session
    overwrite: bool
    guidance: GuidanceOf = NOTHING_OF_ANY


@dataclass(frozen=True, slots=True)
class ArchivePlan:
    """An archive as it was found.

    Attributes:
        planned: where it is and where its output goes.
        total: photos in it.
        results: of its photos, if there is nothing to do.
        left: photos to color.
        passed_by: see `ZipReader.passed_by`.
    """

    planned: Planned
    total: int
    results: tuple[PhotoResult, ...] = ()
    left: int = 0
    passed_by: Counter[str] = field(default_factory=Counter)


def plan_archive(run: RunContext, planned: Planned) -> ArchivePlan:
    """Read an archive's directory, and compare it with what an earlier run made of it."""
    source = planned.found.path
    try:
        if planned.problem:
            raise ImageError(planned.problem)
        with ZipReader(source) as reader:
            members, digest, others = reader.photos(), reader.digest(), reader.passed_by()
        if not members and others[FILMS_IN_ARCHIVES]:
            raise ImageError("no photos in it, but films: unpack it first")
        if not members:
            raise ImageError("no photos in it")
    except ImageError as error:
        return ArchivePlan(planned, 1, (failed(source, str(error)),))
    known = planned.known
    if known is None or known.sha256 != digest:
        # An output of another content is not reused.
        fresh = replace(planned, known=None)
        return ArchivePlan(fresh, len(members), left=len(members), passed_by=others)
    if known.missing:
        return ArchivePlan(planned, len(members), left=len(known.missing), passed_by=others)
    if not planned.done:
        run.index.finish(replace(known, stamp=planned.stamp))
    # Left by a kill between the entry in the index and the removal.
    shutil.rmtree(_staging_of(run, planned), ignore_errors=True)
    results = tuple(_skipped_members(run, planned, members, known))
    return ArchivePlan(planned, len(results), results, passed_by=others)


def _skipped_members(
    run: RunContext, planned: Planned, members: list[Member], known: Finished
) -> Iterator[PhotoResult]:
    """The results of photos that an earlier run packed, with their paths in the new archive."""
    whole = skipped(planned.found.path, run.out, known)
    packed = packed_in(whole.output)
    for plan in plan_members(run.options, run.model, planned, members):
        info = packed.get(plan.place.slots[0])
        output = Path(whole.output, info.filename) if info and whole.output else whole.output
        size = info.file_size if info else 0
        source = whole.source / plan.member.path
        yield replace(whole, source=source, output=output, size=size)


def color_archive(run: RunContext, plan: ArchivePlan, progress: Progress) -> list[PhotoResult]:
    """The results of its photos; none if the run stopped before the new archive was written."""
    if plan.results:
        return list(plan.results)
    planned = plan.planned
    staging = _staging_of(run, planned)
    try:
        if run.overwrite:
            shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True, exist_ok=True)
        remove_parts(staging)
        with ZipReader(planned.found.path) as reader, Index(staging) as index:
            archive = _Archive(run, planned, reader, staging, index)
            results = archive.color(progress)
            if run.session.stop.is_set:
                return []
            note = archive.replacement_note()
            archive.pack(results)
        results = [replace(r, note=note) if note and r.status == "done" else r for r in results]
        shutil.rmtree(staging, ignore_errors=True)
        return results
    # Whatever happens to one archive, the others are still colored.
    except Exception as error:
        if is_disk_full(error):
            run.session.stop.set(reason_of(error))
        return [failed(planned.found.path, reason_of(error))]


class _Archive:
    """One archive that is being colored."""

    def __init__(
        self, run: RunContext, planned: Planned, reader: ZipReader, staging: Path, index: Index
    ) -> None:
        self._run, self._planned, self._reader = run, planned, reader
        self._staging, self._index = staging, index
        self.target = planned.place.stems[0] + ".zip"
        self._plans = plan_members(run.options, run.model, planned, reader.photos())
        # What an earlier run packed: only what was missing there is tried again.
        self._packed = self._packed_earlier() if planned.known else {}
        self._missing = set(planned.known.missing) if planned.known and self._packed else None

    def color(self, progress: Progress) -> list[PhotoResult]:
        """Color what is left: one result a member, unless the run stops."""
        results = [self._result_without_work(plan) for plan in self._plans]
        todo = [number for number, result in enumerate(results) if result is None]
        tasks = (self._task(self._plans[number]) for number in todo)
        session = self._run.session
        for number, result in session.color(tasks, len(todo), self._index, self._staging):
            results[todo[number]] = result
            progress.add(result is not None)
        return [
            self._with_path_inside(plan, result)
            for plan, result in zip(self._plans, results, strict=True)
            if result is not None
        ]

    def replacement_note(self) -> str:
        """What is said of the archive that the new one replaces, if there is one."""
        if self._packed or not (self._run.out / self.target).exists():
            return ""
        made = self._run.model.identity, archive_settings(self._run.options, self._run.guidance)
        return replacement_note(self._planned.previous, *made)

    def pack(self, results: list[PhotoResult]) -> None:
        """Write the new archive of the colored photos, and its entry in the index."""
        run, planned = self._run, self._planned
        missing = {
            plan.member.key
            for plan, result in zip(self._plans, results, strict=True)
            if result.status == "failed"
        }
        colored = [plan for plan in self._plans if plan.member.key not in missing]
        if not colored or missing == self._missing:
            return
        size = pack(run.out / self.target, self._files(colored))
        run.index.finish(
            Finished(
                slot=planned.place.slots[0],
                input=planned.key,
                size=planned.size,
                stamp=planned.stamp,
                sha256=self._reader.digest(),
                identity=run.model.identity,
                options=archive_settings(run.options, run.guidance),
                outputs={self.target: size},
                missing=sorted(missing),
            )
        )

    def _result_without_work(self, plan: MemberPlan) -> PhotoResult | None:
        source, member = self._source(plan), plan.member
        if member.problem:
            return failed(source, member.problem)
        given = self._run.guidance.of(member.path)
        made = settings_of(self._run.options, given), self._run.model.identity
        known = find_known(self._index.entries, self._staging, member.key, plan.staged, made)
        if known and (known.size, known.stamp) == (member.info.file_size, member.info.CRC):
            return skipped(str(source), self._staging, known)
        if self._missing is not None and member.key not in self._missing:
            packed = self._packed[plan.place.slots[0]]
            output = Path(packed.filename)
            return PhotoResult(source, output, "skipped", DONE_ALREADY, size=packed.file_size)
        return None

    def _source(self, plan: MemberPlan) -> Path:
        return Path(self._planned.found.path, plan.member.path)

    def _task(self, plan: MemberPlan) -> PhotoTask:
        return PhotoTask(
            source=str(self._source(plan)),
            key=plan.member.key,
            read=functools.partial(self._reader.read, plan.member),
            size=plan.member.info.file_size,
            stamp=plan.member.info.CRC,
            place=plan.staged,
            guidance=self._run.guidance.of(plan.member.path),
        )

    def _with_path_inside(self, plan: MemberPlan, result: PhotoResult) -> PhotoResult:
        if result.output is None:
            return result
        inside = self._run.out / self.target / (plan.place.stems[0] + result.output.suffix)
        return replace(result, output=inside)

    def _packed_earlier(self) -> dict[str, zipfile.ZipInfo]:
        """The entries of the output by slot; none if it is not as an earlier run left it."""
        packed = packed_in(self._run.out / self.target)
        missing = set(self._planned.known.missing) if self._planned.known else set()
        wanted = (plan.place.slots for plan in self._plans if plan.member.key not in missing)
        return packed if all(packed.keys() >= set(slots) for slots in wanted) else {}

    def _files(self, plans: list[MemberPlan]) -> Iterator[PackedFile]:
        with contextlib.ExitStack() as files:
            old = None
            if self._packed:
                old = files.enter_context(zipfile.ZipFile(self._run.out / self.target))
            for plan in plans:
                finished = self._index.entries.finished.get(plan.staged.slots[0])
                outputs = {slot_of(name): name for name in finished.outputs} if finished else {}
                date = plan.member.info.date_time
                for stem, slot, staged in zip(
                    plan.place.stems, plan.place.slots, plan.staged.slots, strict=True
                ):
                    open_: Callable[[], IO[bytes]]
                    if staged in outputs:
                        file = self._staging / outputs[staged]
                        path = stem.replace(os.sep, "/") + file.suffix
                        open_ = functools.partial(_open, file)
                        yield PackedFile(open_, file.stat().st_size, path, date)
                    elif old:
                        info = self._packed[slot]
                        open_ = functools.partial(old.open, info)
                        yield PackedFile(open_, info.file_size, info.filename, date)


def _open(file: Path) -> IO[bytes]:
    return file.open("rb")


def _staging_of(run: RunContext, planned: Planned) -> Path:
    """A hidden folder beside the new archive, one for each."""
    digest = hashlib.sha256(planned.place.slots[0].encode("utf-8", "surrogateescape")).hexdigest()
    return run.out / planned.found.folder / f".colorizer-tf-{digest[:16]}"
