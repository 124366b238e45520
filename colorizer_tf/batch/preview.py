"""What a run would do, one line a photo."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Planned
from colorizer_tf.batch.task import DONE_ALREADY
from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.images.formats import SUFFIX_OF
from colorizer_tf.images.pages import paged_kind
from colorizer_tf.video.names import suffix_for

# Guessed from the photo's name: a run decides by the content, which is hardly read here.
_LIKELY = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif"}


def preview(planned: Sequence[Planned], out: Path, options: ColorizeOptions) -> Iterator[str]:
    """Lines of what would be done: `SOURCE -> OUTPUT`, `skip: ...` and `failed: ...`; a summary.

    Args:
        planned: the run's.
        out: the output folder.
        options: of the command.
    """
    done = failed = 0
    for each in planned:
        source = each.found.path
        if each.problem:
            failed += 1
            yield f"failed: {source}: {each.problem}"
        elif is_done(each):
            done += 1
            yield f"skip: {source}: {DONE_ALREADY}"
        else:
            name = each.place.stems[0] + _ending(each, options.format)
            yield f"{source} -> {os.path.join(out, name)}"
    left = len(planned) - done - failed
    yield f"{left} to colorize, {done} done already, {failed} failed; nothing was written"


def is_done(planned: Planned) -> bool:
    """Whether a run would skip it; reads the file where only its content tells."""
    known = planned.known
    if planned.done or known is None or known.missing:
        return planned.done
    path = planned.found.path
    try:
        if planned.found.is_zip:
            with ZipReader(path) as reader:
                return reader.digest() == known.sha256
        if planned.found.film:
            from colorizer_tf.batch.films import film_digest

            return film_digest(path) == known.sha256
        return hashlib.sha256(images.read_file(Path(path))).hexdigest() == known.sha256
    except ImageError:
        return False


def _is_paged(path: str) -> bool:
    try:
        return bool(paged_kind(images.read_file(Path(path))))
    except ImageError:
        return False


def _ending(planned: Planned, wanted: str) -> str:
    if planned.found.is_zip:
        return ".zip"
    if planned.found.film:
        return suffix_for(planned.found.path)
    ending = os.path.splitext(planned.found.path)[1].lower()
    if ending == ".pdf":
        return ending
    if wanted in SUFFIX_OF:
        return SUFFIX_OF[wanted]
    if ending in (".gif", ".avif") and _is_paged(planned.found.path):
        return ending
    ending = _LIKELY.get(ending, ending)
    return ending if ending in SUFFIX_OF.values() else ".png"
