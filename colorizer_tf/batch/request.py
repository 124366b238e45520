"""Coloring a photo in another process: picklable requests, and the function that serves them."""

import functools
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.batch.index import INDEX_NAME, Finished
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.photo import PhotoWorker
from colorizer_tf.batch.task import PhotoResult, PhotoTask, Stop
from colorizer_tf.inference.request import PredictionRequest


@dataclass(frozen=True, slots=True)
class ColorizeRequest:
    """What is the same for all photos of a run.

    Attributes:
        model: its folder, where every machine sees it.
        prediction: what is asked of the model.
        runtime: as of `Colorizer`.
        identity: of the model and what is asked of it.
        options: of the command.
    """

    model: Path
    prediction: PredictionRequest
    runtime: str
    identity: str
    options: ColorizeOptions


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What became of one photo in another process.

    Attributes:
        result: of the photo; None if the run stopped first.
        finished: its entry for the index; None unless it is done.
        stopped: why the run is to end early, else empty.
        runtime: what ran the network.
    """

    result: PhotoResult | None
    finished: Finished | None
    stopped: str
    runtime: str


def color_photo(request: ColorizeRequest, folder: Path, task: PhotoTask) -> RemoteResult:
    """Color a photo; done twice, on whichever machines, it gives the same files.

    Args:
        request: how.
        folder: the outputs go below it; it holds the index of the run.
        task: the photo.

    Raises:
        ColorizerError: if the folder or the model cannot be seen here, or is another one.
    """
    _check_folder(folder)
    with _LOADING:
        worker = _worker(request)
    log = _Log()
    result = worker.color(task, log, folder)
    return RemoteResult(result, log.finished, worker.stop.reason, worker.colorizer.runtime)


@functools.lru_cache(maxsize=64)
def _check_folder(folder: Path) -> None:
    # Made here, a folder that only this machine sees would take the outputs.
    if not (folder / INDEX_NAME).is_file():
        raise ColorizerError(
            f"{folder} cannot be seen on {socket.gethostname()}: --out lies where every machine "
            "that shares the work sees it"
        )


# One thread loads the model, the others wait.
_LOADING = threading.Lock()


@functools.lru_cache(maxsize=1)
def _worker(request: ColorizeRequest) -> PhotoWorker:
    """A worker with the model, loaded once a process."""
    from colorizer_tf.inference.colorizer import Colorizer

    asked = vars(request.prediction)
    colorizer = Colorizer(request.model, runtime=request.runtime, threads=1, **asked)
    if colorizer.identity != request.identity:
        raise ColorizerError(
            f"the model in {request.model} is another one on {socket.gethostname()}: copy it anew"
        )
    return PhotoWorker(colorizer, request.options, workers=1, stop=Stop())


class _Log:
    """Takes the entry that the driver adds to the index."""

    finished: Finished | None = None

    def finish(self, finished: Finished) -> None:
        self.finished = finished
