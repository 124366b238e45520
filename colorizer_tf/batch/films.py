"""The films of a run: each colored by itself, after the photos."""

import dataclasses
import hashlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from colorizer_tf.base.errors import ImageError, UsageError, cannot_read, is_disk_full
from colorizer_tf.batch.archives import RunContext
from colorizer_tf.batch.index import Finished
from colorizer_tf.batch.photo import reason_of
from colorizer_tf.batch.plan import Planned, film_settings
from colorizer_tf.batch.task import PhotoResult, failed, replacement_note, skipped
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.video.film import color_film
from colorizer_tf.video.names import suffix_for
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.writing import encoder_for


def check_encoders(films: Iterable[Planned]) -> None:
    """Check before hours of work that there is an encoder for each film.

    Raises:
        UsageError: if there is none of the name asked for.
    """
    for planned in films:
        if planned.found.film is not None and not planned.problem:
            encoder_for(suffix_for(planned.found.path), planned.found.film)


def color_films(
    run: RunContext, films: Iterable[Planned], *, progress: bool
) -> Iterator[PhotoResult]:
    """What became of each film, as soon as it is done; fewer if the run stops."""
    colorizer: Colorizer | None = None
    for planned in films:
        if run.session.stop.is_set:
            return
        start = time.perf_counter()
        result = _without_work(run, planned)
        if result is None:
            colorizer = colorizer or run.session.load_colorizer()
            result = _color(run, planned, colorizer, progress=progress)
        yield dataclasses.replace(result, seconds=time.perf_counter() - start)


def film_digest(path: str) -> str:
    """The SHA-256 of a film.

    Raises:
        ImageError: if it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(str(cannot_read(path, error))) from error


def _without_work(run: RunContext, planned: Planned) -> PhotoResult | None:
    source, known = planned.found.path, planned.known
    if planned.problem:
        return failed(source, planned.problem)
    if known is None:
        return None
    if planned.done:
        return skipped(source, run.out, known)
    try:
        same = film_digest(source) == known.sha256
    except ImageError as error:
        return failed(source, str(error))
    if not same:
        return None
    run.index.finish(dataclasses.replace(known, stamp=planned.stamp))
    return skipped(source, run.out, known)


def _color(
    run: RunContext, planned: Planned, colorizer: Colorizer, *, progress: bool
) -> PhotoResult:
    source, options = planned.found.path, planned.found.film or FilmOptions()
    name = planned.place.stems[0] + suffix_for(source)
    target = run.out / name
    settings = film_settings(run.options, planned.found)
    note = ""
    if target.exists():
        note = replacement_note(planned.previous, colorizer.identity, settings)
    try:
        made = color_film(
            Path(source),
            target,
            colorizer,
            options,
            strength=run.options.strength,
            progress=progress,
        )
        digest, size = film_digest(source), target.stat().st_size
    except UsageError:
        raise
    # Whatever happens to one film, the others are still colored.
    except Exception as error:
        if is_disk_full(error):
            run.session.stop.set(reason_of(error))
        return failed(source, reason_of(error))
    run.index.finish(
        Finished(
            slot=planned.place.slots[0],
            input=planned.key,
            size=planned.size,
            stamp=planned.stamp,
            sha256=digest,
            identity=colorizer.identity,
            options=settings,
            outputs={name: size},
        )
    )
    return PhotoResult(Path(source), target, "done", "", note, 0.0, made.height, made.width, size)
