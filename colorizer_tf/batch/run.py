"""A whole run: photos and archives in, outputs, index and results out."""

import functools
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import remove_parts
from colorizer_tf.base.locks import alone_in
from colorizer_tf.base.progress import Progress
from colorizer_tf.batch.albums import Setup, color_archive, look_into
from colorizer_tf.batch.finding import Asked, Found, find_photos
from colorizer_tf.batch.index import Index
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import Job, PhotoResult, skipped
from colorizer_tf.batch.plan import Model, Planned, plan_run
from colorizer_tf.batch.report import Outcome
from colorizer_tf.batch.team import Team, Threads
from colorizer_tf.batch.workers import count_cores

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer


def colorize_files(
    photos: Iterable[str | Path | Asked],
    out: str | Path,
    colorizer: "Colorizer",
    options: ColorizeOptions | None = None,
    *,
    overwrite: bool = False,
    workers: int = 0,
    progress: bool = False,
) -> list[PhotoResult]:
    """Color files, folders, patterns and zip archives of photos under a folder.

    What is done already is skipped; one bad photo never stops the rest; no output is ever there in
    part. `docs/colorize.md` tells how photos are found and outputs named.

    Args:
        photos: what `find_photos` takes.
        out: the folder to write under; made if missing.
        colorizer: the model.
        options: how; by default as the command does without flags.
        overwrite: do all again, and replace files that no earlier run made.
        workers: photos at a time; 0 is one a core.
        progress: show it on stderr.

    Returns:
        One result a photo, in the order found; a path that leads to no photo is a failed one.

    Raises:
        ColorizerError: if the folder cannot be written to, or the disk is full.
    """
    found = find_photos(photos, Path(out))
    outcome = colorize_found(
        found,
        Path(out),
        colorizer,
        options or ColorizeOptions(),
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
    overwrite: bool = False,
    workers: int = 0,
    progress: bool = False,
) -> Outcome:
    """As `colorize_files`, of what `find_photos` found; Ctrl-C and full disks end it early.

    Raises:
        ColorizerError: if nothing can be written in the folder, or another run is writing there.
    """
    team = Threads(colorizer, options, workers or count_cores())
    model = Model(colorizer.name, colorizer.identity)
    return colorize_with(team, found, out, model, options, overwrite=overwrite, progress=progress)


def colorize_with(
    team: Team,
    found: Sequence[Found],
    out: Path,
    model: Model,
    options: ColorizeOptions,
    *,
    overwrite: bool = False,
    progress: bool = False,
) -> Outcome:
    """As `colorize_found`, by a team that has the model and the options.

    Raises:
        ColorizerError: as there, or if the team cannot go on.
    """
    outcome, start = Outcome(), time.perf_counter()
    with alone_in(out), Index(out) as index:
        setup = Setup(out, index, options, model, team.stop, overwrite)
        planned = plan_run(found, out, index.entries, options, model, overwrite=overwrite)
        _prepare(setup, planned)
        archives = [look_into(setup, each) for each in planned if each.found.is_zip]
        photos = [each for each in planned if not each.found.is_zip]
        results = [_without_work(each, out) for each in photos]
        todo = [number for number, result in enumerate(results) if result is None]
        outcome.total = len(photos) + sum(each.total for each in archives)
        left = len(todo) + sum(each.left for each in archives)
        packed: list[PhotoResult] = []
        try:
            with team, Progress("colorizing", left, shown=progress and left > 0) as bar:
                jobs = (_job(photos[each]) for each in todo)
                for number, result in team.color(jobs, len(todo), index, out):
                    results[todo[number]] = result
                    bar.add(result is not None)
                for archive in archives:
                    packed += color_archive(setup, archive, team, bar)
        except KeyboardInterrupt:
            outcome.interrupted = True
        outcome.at_work = team.at_work
        outcome.results = [result for result in results if result is not None] + packed
    outcome.stopped, outcome.seconds = team.stop.reason, time.perf_counter() - start
    return outcome


def _prepare(setup: Setup, planned: Sequence[Planned]) -> None:
    """Clear up after killed runs, and take the names, before anything is written under them."""
    places = {each.key: each.place for each in planned if not each.problem}
    for folder in {os.path.dirname(place.stems[0]) for place in places.values()}:
        remove_parts(setup.out / folder)
    setup.index.claim(claim for key, place in places.items() for claim in place.claims(key))


def _without_work(planned: Planned, out: Path) -> PhotoResult | None:
    if planned.problem:
        return PhotoResult(Path(planned.found.path), None, "failed", planned.problem)
    if planned.done and planned.known:
        return skipped(planned.found.path, out, planned.known)
    return None


def _job(planned: Planned) -> Job:
    path = planned.found.path
    # Absolute: it may be read by a process that works elsewhere.
    read = functools.partial(images.read_file, Path(os.path.abspath(path)))
    return Job(path, planned.key, read, planned.size, planned.stamp, planned.place, planned.known)
