"""Many photos: files and folders in, a tree of coloured PNG files out."""

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from colorizer_tf import color, images

if TYPE_CHECKING:
    from colorizer_tf.colorizer import Colorizer

COLORIZED = "_colorized.png"
COMPARE = "_compare.png"


@dataclass(frozen=True)
class PhotoResult:
    """What became of one photo.

    Attributes:
        source: the photo.
        output: the file written, or None.
        status: "done" or "failed".
        reason: why it failed, else empty.
        seconds: from reading to writing.
    """

    source: Path
    output: Path | None
    status: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Job:
    """A photo to colour, where its outputs go without their endings, or why it cannot be had."""

    source: Path
    target: Path
    problem: str = ""


def colorize_files(
    photos: Iterable[str | Path],
    out: str | Path,
    colorizer: "Colorizer",
    *,
    compare: bool = False,
    progress: Callable[[Sequence[Job]], Iterable[Job]] = iter,
) -> list[PhotoResult]:
    """Colour photos and folders of photos, each into `<name>_colorized.png` under `out`.

    A folder's photos are found by their endings, at any depth, and its structure is mirrored; a
    file named itself is taken whatever its ending. What `plan_jobs` says of names holds. One bad
    photo never stops the rest, and no output is ever there in part.

    Args:
        photos: files and folders.
        out: the folder to write under; made if missing.
        colorizer: the model.
        compare: also write `<name>_compare.png`: gray and coloured side by side.
        progress: wraps the jobs as they are gone through, as `tqdm` does.

    Returns:
        One result a photo, in the order of work; a path that leads to no photo is a failed one.
    """
    jobs = plan_jobs(photos, out)
    return [_colorize_job(job, colorizer, compare) for job in progress(jobs)]


def plan_jobs(photos: Iterable[str | Path], out: str | Path) -> list[Job]:
    """The photos, each once, and where their outputs go.

    The output keeps the photo's name without its ending. Where that would meet another photo's
    output, or overwrite one of the photos, the ending stays (`a.jpg_colorized.png`), and if that
    is not enough a number follows. Outputs of an earlier run are not taken for photos when `out`
    lies in one of the folders.
    """
    out = Path(out)
    found = _unique(_find(photos, out))
    # Case-folded, since some file systems take A.png and a.png for one file.
    wanted = Counter(str(job.target.with_suffix("")).casefold() for job in found)
    taken = {os.path.realpath(job.source).casefold() for job in found}
    return [
        job if job.problem else Job(job.source, _free_target(job.target, wanted, taken))
        for job in found
    ]


def _free_target(named: Path, wanted: Counter[str], taken: set[str]) -> Path:
    """The first name whose outputs are free; they are taken then."""
    plain = named.with_suffix("")
    shared = wanted[str(plain).casefold()] > 1
    numbered = (named.with_name(f"{named.name}-{number}") for number in itertools.count(2))
    for target in itertools.chain([named] if shared else [plain, named], numbered):
        whole = os.path.realpath(target)
        outputs = {(whole + ending).casefold() for ending in (COLORIZED, COMPARE)}
        if not outputs & taken:
            break
    taken |= outputs
    return target


def _unique(jobs: Iterable[Job]) -> list[Job]:
    by_file: dict[str, Job] = {}
    for job in jobs:
        by_file.setdefault(os.path.realpath(job.source), job)
    return list(by_file.values())


def _find(photos: Iterable[str | Path], out: Path) -> Iterator[Job]:
    for photo in map(Path, photos):
        if photo.is_dir():
            yield from _find_in_folder(photo, out)
        else:
            missing = "" if os.path.lexists(photo) else "no such file or folder"
            yield Job(photo, out / photo.name, missing)


def _find_in_folder(folder: Path, out: Path) -> Iterator[Job]:
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for source in (Path(parent, name) for name in sorted(names)):
            if source.suffix.lower() in images.IMAGE_SUFFIXES and not _is_output(source, out):
                yield Job(source, out / source.relative_to(folder))
    for error in unreadable:
        source = Path(error.filename)
        yield Job(source, out / source.name, (error.strerror or "unreadable").lower())


def _is_output(source: Path, out: Path) -> bool:
    inside = source.resolve().is_relative_to(out.resolve())
    return inside and source.name.endswith((COLORIZED, COMPARE))


def _colorize_job(job: Job, colorizer: "Colorizer", compare: bool) -> PhotoResult:
    start = time.perf_counter()
    output, reason = None, job.problem
    if not reason:
        try:
            output = _colorize_file(job, colorizer, compare)
        # Whatever one photo runs into, memory and full disks too, the others still get their turn.
        except Exception as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
    status = "failed" if reason else "done"
    return PhotoResult(job.source, output, status, reason, time.perf_counter() - start)


def _colorize_file(job: Job, colorizer: "Colorizer", compare: bool) -> Path:
    rgb = images.decode_image(images.read_file(job.source))
    coloured = colorizer.colorize(rgb)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    if compare:
        pair = np.concatenate([gray_of(rgb), coloured], axis=1)
        images.write_atomic(_with_ending(job.target, COMPARE), images.encode_png(pair))
    output = _with_ending(job.target, COLORIZED)
    images.write_atomic(output, images.encode_png(coloured))
    return output


def gray_of(rgb: np.ndarray) -> np.ndarray:
    """The gray photo of the same L*: `(h, w, 3)` uint8 of uint8 sRGB."""
    gray = np.empty_like(rgb)
    # Row by row: the floats in between are 16 times the size of the photo.
    for row, pixels in enumerate(rgb):
        no_colour = np.zeros((len(pixels), 2), np.float32)
        gray[row] = np.rint(255 * color.merge_lab(color.rgb_to_lightness(pixels), no_colour))
    return gray


def _with_ending(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)
