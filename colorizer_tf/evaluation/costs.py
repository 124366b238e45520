"""What an entry costs: photos a second, memory, parameters, size on disk.

A model is measured in a process of its own, so that its memory is its own; that process runs this
file.
"""

import dataclasses
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError

_SECONDS = 8.0
_LONGEST = 600.0


@dataclasses.dataclass(frozen=True)
class Cost:
    """What an entry costs; None where it is not known.

    Attributes:
        photos_per_second: one photo after another, pictures decoded already; for a command its
            whole run, start, decoding and encoding included.
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


def megabytes_of_rss(maximum: float) -> float:
    """Megabytes of `ru_maxrss`, which is in bytes on macOS and in KiB elsewhere."""
    return maximum / 1e6 if sys.platform == "darwin" else maximum * 1024 / 1e6


def measure_cost(kind: str, path: Path, grays: Path) -> Cost:
    """Speed and memory of a model on a folder of gray PNG files, in a process of its own.

    Args:
        kind: "model" or "onnx".
        path: the model's folder or file.
        grays: the pictures; as many are colored as some seconds allow.

    Raises:
        ColorizerError: if that process fails; the message is its last line.
    """
    command = [sys.executable, "-m", __name__, kind, str(path), str(grays)]
    try:
        # Our own interpreter and file, and paths that are no options.
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST, check=True)  # noqa: S603
        found = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise ColorizerError(f"its speed cannot be measured: {lines[-1]}") from None
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise ColorizerError(f"its speed cannot be measured: {type(error).__name__}") from None
    return Cost(**found)


def _measure(kind: str, path: Path, grays: Path) -> dict[str, Any]:
    start = time.perf_counter()
    colorize = _loaded(kind, path)
    photos = sorted(grays.iterdir())
    pictures = (images.decode_image(images.read_file(photo)) for photo in photos)
    colorize(next(pictures))
    loaded = time.perf_counter() - start
    seconds, count = 0.0, 0
    for picture in pictures:
        began = time.perf_counter()
        colorize(picture)
        seconds, count = seconds + time.perf_counter() - began, count + 1
        if seconds > _SECONDS:
            break
    rate = count / seconds if count else None
    return {"photos_per_second": rate, "peak_memory_mb": _own_peak(), "load_seconds": loaded}


def _own_peak() -> float:
    try:
        # Linux counts the memory of whoever started a process into its ru_maxrss, not into this.
        status = Path("/proc/self/status").read_text("ascii")
        return float(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        return megabytes_of_rss(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _loaded(kind: str, path: Path) -> Any:
    if kind == "onnx":
        from colorizer_tf.evaluation.onnx_peer import OnnxPeer

        return OnnxPeer(path.name, path).colorize
    from colorizer_tf.inference.colorizer import Colorizer

    return Colorizer(path).colorize


if __name__ == "__main__":
    found = _measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write(json.dumps(found) + "\n")
