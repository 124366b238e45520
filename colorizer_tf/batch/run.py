"""A whole run: photos and archives in, outputs, index and results out."""

import functools
import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution.threads import count_cores
from colorizer_tf.base.files import remove_parts
from colorizer_tf.base.locks import alone_in
from colorizer_tf.base.progress import Progress
from colorizer_tf.batch.archives import RunContext, color_archive, plan_archive
from colorizer_tf.batch.finding import Found, InputPath, find_photos
from colorizer_tf.batch.index import Index
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model, Planned, plan_run
from colorizer_tf.batch.report import Outcome
from colorizer_tf.batch.session import LocalSession, Session
from colorizer_tf.batch.task import PhotoResult, PhotoTask, failed, skipped
from colorizer_tf.inference.guidance import NOTHING_OF_ANY, GuidanceOf

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer


def colorize_files(
    photos: Iterable[str | Path | InputPath],
    out: str | Path,
    colorizer: "Colorizer",
    options: ColorizeOptions | None = None,
    *,
    guidance: GuidanceOf | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: bool = False,
) -> list[PhotoResult]:
    """Color files, folders, patterns and zip archives of photos under a folder.

    Photos that an earlier run colored are skipped, a bad photo does not stop the others, and no
    output is ever incomplete. How photos are found and outputs named is in `docs/colorize.md`.

    Args:
        photos: what `find_photos` takes.
        out: the output folder; created if missing.
        colorizer: the model.
        options: default: those of the command without flags.
        guidance: what a person said of photos' colors.
        overwrite: color all again, and replace files that no earlier run wrote.
        workers: photos at a time; 0 is one a core.
        progress: show it on stderr.

    Returns:
        One result a photo, in the order found; for a path without a photo a failed one.

    Raises:
        ColorizerError: if the folder cannot be written to, or the disk is full.
    """
    found = find_photos(photos, Path(out))
    outcome = colorize_found(
        found,
        Path(out),
        colorizer,
        options or ColorizeOptions(),
        guidance=guidance,
        overwrite=overwrite,
        workers=workers,
        progress=progress,
    )
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.stopped:
        raise ColorizerError(outcome.stopped)
    return outcome.results


def colorize_found(
    found: Sequence[Found],
    out: Path,
    colorizer: "Colorizer",
    options: ColorizeOptions,
    *,
    guidance: GuidanceOf | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: bool = False,
) -> Outcome:
    """As `colorize_files`, of what `find_photos` found; Ctrl-C and full disks end it early.

    Raises:
        ColorizerError: if nothing can be written in the folder, or another run is writing there.
    """
    session = LocalSession(colorizer, options, workers or count_cores())
    model = Model(colorizer.name, colorizer.identity, colorizer.request)
    return colorize_with(
        session,
        found,
        out,
        model,
        options,
        guidance=guidance,
        overwrite=overwrite,
        progress=progress,
    )


def colorize_with(
    session: Session,
    found: Sequence[Found],
    out: Path,
    model: Model,
    options: ColorizeOptions,
    *,
    guidance: GuidanceOf | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> Outcome:
    """As `colorize_found`, in a session with the model and the options.

    Raises:
        ColorizerError: as there, or if the executor cannot go on.
    """
    outcome, start = Outcome(), time.perf_counter()
    guidance = guidance or NOTHING_OF_ANY
    with alone_in(out), Index(out) as index:
        run = RunContext(out, index, options, model, session, overwrite, guidance)
        planned = plan_run(
            found, out, index.entries, options, model, guidance=guidance, overwrite=overwrite
        )
        if any(each.found.film for each in planned):
            from colorizer_tf.batch.films import check_encoders

            check_encoders(planned)
        folders = _prepare(run, planned)
        try:
            _color_all(run, planned, outcome, progress=progress)
        except KeyboardInterrupt:
            outcome.interrupted = True
        outcome.is_running = session.executor.is_running
        if not outcome.is_running:
            # Left by processes that were lost.
            for folder in folders:
                remove_parts(folder)
    outcome.stopped, outcome.seconds = session.stop.reason, time.perf_counter() - start
    return outcome


def _prepare(run: RunContext, planned: Sequence[Planned]) -> set[Path]:
    """Clear up after killed runs and claim the names of outputs; returns the outputs' folders."""
    places = {each.key: each.place for each in planned if not each.problem}
    folders = {run.out / os.path.dirname(place.stems[0]) for place in places.values()}
    for folder in folders:
        remove_parts(folder)
    run.index.claim(claim for key, place in places.items() for claim in place.claims(key))
    return folders


def _color_all(
    run: RunContext, planned: Sequence[Planned], outcome: Outcome, *, progress: bool
) -> None:
    """Color photos, then archives, then films; the outcome is complete also after Ctrl-C."""
    archives = [plan_archive(run, each) for each in planned if each.found.is_zip]
    films = [each for each in planned if each.found.film]
    photos = [each for each in planned if not each.found.is_zip and not each.found.film]
    results = [_result_without_work(each, run.out) for each in photos]
    todo = [number for number, result in enumerate(results) if result is None]
    outcome.passed_by = dict(sum((each.passed_by for each in archives), Counter[str]()))
    outcome.total = len(photos) + len(films) + sum(each.total for each in archives)
    left = len(todo) + sum(each.left for each in archives)
    packed: list[PhotoResult] = []
    try:
        with (
            run.session.executor,
            Progress("colorizing", left, shown=progress and left > 0) as bar,
        ):
            tasks: Iterable[PhotoTask] = (_task(photos[number]) for number in todo)
            if run.options.series and todo:
                from colorizer_tf.batch.series import in_order, with_steady_color

                order = in_order(photos)
                todo = [number for number in order if results[number] is None]
                tasks = with_steady_color(
                    [photos[number] for number in order], _task, run.session.load_colorizer()
                )
            for number, result in run.session.color(tasks, len(todo), run.index, run.out):
                results[todo[number]] = result
                bar.add(result is not None)
            for archive in archives:
                packed += color_archive(run, archive, bar)
        if films:
            from colorizer_tf.batch.films import color_films

            for result in color_films(run, films, progress=progress):
                packed.append(result)
    finally:
        outcome.results = [result for result in results if result is not None] + packed


def _result_without_work(planned: Planned, out: Path) -> PhotoResult | None:
    if planned.problem:
        return failed(planned.found.path, planned.problem)
    if planned.done and planned.known:
        return skipped(planned.found.path, out, planned.known)
    return None


def _task(planned: Planned) -> PhotoTask:
    path = planned.found.path
    # Absolute: it may be read by a process in another working directory.
    read = functools.partial(images.read_file, Path(os.path.abspath(path)))
    return PhotoTask(
        source=path,
        key=planned.key,
        read=read,
        size=planned.size,
        stamp=planned.stamp,
        place=planned.place,
        known=planned.known,
        previous=planned.previous,
        guidance=planned.guidance,
    )
