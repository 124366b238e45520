"""The unit of work for other engines: what is picklable, and the pure function that colors it."""

import functools
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.batch.index import INDEX_NAME, Finished
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import Job, PhotoResult
from colorizer_tf.batch.team import Threads
from colorizer_tf.inference.colorizer import Colorizer


@dataclass(frozen=True, slots=True)
class Errand:
    """What is the same for all photos of a run.

    Attributes:
        model: its folder, where every machine sees it.
        size: the scale at which color is predicted; None is the model's own.
        runtime: as of `Colorizer`.
        identity: of the model at that scale.
        options: how to color.
    """

    model: Path
    size: int | None
    runtime: str
    identity: str
    options: ColorizeOptions


@dataclass(frozen=True, slots=True)
class Painted:
    """What became of one photo.

    Attributes:
        result: of the photo; None if it was not come to.
        finished: what the index is to hold of it; None unless it is done.
        stopped: why the run is to end early, else empty.
        runtime: what ran the network.
    """

    result: PhotoResult | None
    finished: Finished | None
    stopped: str
    runtime: str


def color_photos(errand: Errand, folder: Path, jobs: Sequence[Job]) -> list[Painted]:
    """Color photos one at a time, the next ones read and the last ones written meanwhile.

    The model is loaded once a process. Done twice, by whichever machines, the files are the same.

    Args:
        errand: how.
        folder: under which the outputs go; it holds the index of the run.
        jobs: the photos.

    Returns:
        One entry a photo, in order.

    Raises:
        ColorizerError: if the folder or the model cannot be seen here, or is another one.
    """
    # Made here, a folder that only this machine sees would take the outputs.
    if not (folder / INDEX_NAME).is_file():
        raise ColorizerError(
            f"{folder} cannot be seen on {socket.gethostname()}: --out lies where every machine "
            "that shares the work sees it"
        )
    colorizer = _colorizer(errand.model, errand.size, errand.runtime)
    if colorizer.identity != errand.identity:
        raise ColorizerError(
            f"the model in {errand.model} is another one on {socket.gethostname()}: copy it anew"
        )
    notes, results = _Notes(), dict[int, PhotoResult | None]()
    with Threads(colorizer, errand.options, workers=1) as team:
        results.update(team.color(jobs, len(jobs), notes, folder))
    reason, runtime = team.stop.reason, colorizer.runtime
    return [
        Painted(results[number], notes.finished.get(job.key), reason, runtime)
        for number, job in enumerate(jobs)
    ]


@functools.lru_cache(maxsize=1)
def _colorizer(model: Path, size: int | None, runtime: str) -> Colorizer:
    return Colorizer(model, size=size, runtime=runtime, threads=1)


class _Notes:
    """Takes what an index would."""

    def __init__(self) -> None:
        self.finished: dict[str, Finished] = {}

    def finish(self, finished: Finished) -> None:
        self.finished[finished.input] = finished
