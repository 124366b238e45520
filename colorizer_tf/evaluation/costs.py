"""What an entry costs: photos per second, memory, parameters, size on disk.

A model is measured in a process of its own, which runs this file, so that its memory is its own.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation.process import run_process
from colorizer_tf.inference.request import PredictionRequest

_SECONDS = 8.0
_TIME_LIMIT = 600.0


@dataclasses.dataclass(frozen=True)
class Cost:
    """What an entry costs; None where it is not known.

    Attributes:
        photos_per_second: one photo after another, already decoded; for a command its whole run,
            start, decoding and encoding included.
        peak_memory_mb: resident memory of the process, at its highest.
        load_seconds: from an empty process to the first picture.
        parameters: number of weights.
        size_mb: on disk.
    """

    photos_per_second: float | None = None
    peak_memory_mb: float | None = None
    load_seconds: float | None = None
    parameters: int | None = None
    size_mb: float | None = None


def measure_cost(path: Path, grays: Path, request: PredictionRequest | None) -> Cost:
    """Speed and memory of a model on a folder of gray PNG files, in a process of its own.

    Args:
        path: a model's folder, or an ONNX file.
        grays: the pictures; as many are colored as 8 seconds allow.
        request: what is asked of a model; None for an ONNX file.

    Raises:
        ColorizerError: if that process fails; the message has its last lines.
    """
    asked = json.dumps(request and dataclasses.asdict(request))
    command = [sys.executable, "-m", __name__, str(path), str(grays), asked]
    try:
        finished = run_process(command, _TIME_LIMIT)
        # What libraries say at their end may follow.
        found = json.loads(next(x for x in finished.last_lines[::-1] if x.startswith("{")))
    except (ColorizerError, TimeoutError, ValueError, StopIteration) as error:
        raise ColorizerError(f"its speed cannot be measured: {error!s}") from None
    return Cost(**found, peak_memory_mb=finished.peak_memory_mb)


def _measure(path: Path, grays: Path, request: dict[str, Any] | None) -> dict[str, float | None]:
    start = time.perf_counter()
    colorize = _load(path, request)
    pictures = (images.decode_image(images.read_file(photo)) for photo in sorted(grays.iterdir()))
    colorize(next(pictures))
    loaded = time.perf_counter() - start
    seconds, count = 0.0, 0
    for picture in pictures:
        began = time.perf_counter()
        colorize(picture)
        seconds, count = seconds + time.perf_counter() - began, count + 1
        if seconds > _SECONDS:
            break
    return {"photos_per_second": count / seconds if count else None, "load_seconds": loaded}


def _load(path: Path, request: dict[str, Any] | None) -> Callable[[np.ndarray], np.ndarray]:
    if request is None:
        from colorizer_tf.evaluation.onnx_peer import OnnxPeer

        return OnnxPeer(path.name, path).colorize
    from colorizer_tf.inference.colorizer import Colorizer

    return Colorizer(path, **request).colorize


if __name__ == "__main__":
    path, grays, request = sys.argv[1:]
    found = _measure(Path(path), Path(grays), json.loads(request))
    sys.stdout.write(json.dumps(found) + "\n")
