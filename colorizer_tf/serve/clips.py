"""Films that visitors send: each colored in a process of its own, one at a time."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.serve.clip_worker import ClipOrder
from colorizer_tf.serve.errors import BusyError, TooLargeError
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.video.kinds import film_suffix
from colorizer_tf.video.names import can_read

WORKER = "colorizer_tf.serve.clip_worker"
# Films that may wait for the one that is being colored: each may take minutes.
WAITING = 2
_LINE_BYTES = 2**16
_ERROR_OF: dict[str, type[ColorizerError]] = {
    "too large": TooLargeError,
    "usage": UsageError,
    "busy": BusyError,
    "unusable": ImageError,
}
MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}


class ClipJob:
    """A film that waits or is being colored.

    Attributes:
        future: None in the end. It raises `TooLargeError` over a limit, `ImageError` if the film
            is unusable, `UsageError` if a setting is, `BusyError` if the disk is full.
        progress: frames done, and of about how many.
    """

    def __init__(self) -> None:
        self.future: Future[None] = Future()
        self.progress = (0, 0)
        self._process: Any = None
        self._lock, self._cancelled = threading.Lock(), False

    def cancel(self) -> None:
        """End it, whether it waits or runs."""
        with self._lock:
            self._cancelled = True
            if self._process:
                self._process.kill()

    def run(self, order: ClipOrder, seconds: float) -> None:
        """Color the film, and tell the future.

        Args:
            order: what to do.
            seconds: the most that it may take.
        """
        try:
            self._run(order, seconds)
        except Exception as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(None)

    def _run(self, order: ClipOrder, seconds: float) -> None:
        with self._lock:
            if self._cancelled:
                raise ImageError("nobody waits for it")
            self._process = process = _start()
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            said = self._talk(process, order)
            timed_out = not timer.is_alive()
        finally:
            timer.cancel()
            _end(process)
        if said is None and timed_out:
            raise TooLargeError(
                f"the film took longer than {seconds / 60:g} minutes: send a shorter or smaller one"
            )
        if said is None:
            code = process.returncode
            raise ImageError(f"its decoder crashed ({f'signal {-code}' if code < 0 else code})")
        if said["end"] != "done":
            raise _ERROR_OF.get(said["end"], ImageError)(said.get("reason", ""))

    def _talk(self, process: Any, order: ClipOrder) -> dict[str, Any] | None:
        """How it ended; None if the process ended before it said so."""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(order.as_line())
            process.stdin.flush()
        while line := process.stdout.readline(_LINE_BYTES):
            said = json.loads(line)
            if "end" in said:
                return dict(said)
            self.progress = said["done"], said["expected"]
        process.wait()
        return None


class ClipProcesses:
    """Colors films one after the other."""

    def __init__(self, options: ServeOptions) -> None:
        """Start without any.

        Args:
            options: limits.
        """
        self._options = options
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="clip")
        self._jobs: list[ClipJob] = []
        self._lock = threading.Lock()

    def takes(self, data: bytes) -> str:
        """The ending of a film by its content; "" if it is none.

        Raises:
            ImageError: if it is one, and this server takes none.
        """
        suffix = film_suffix(data)
        if suffix and not self._options.max_clip_seconds:
            raise ImageError("a film: this server takes none")
        if suffix and not can_read():
            raise ImageError('a film: this server lacks pip install "colorizer-tf[video]"')
        return suffix

    def submit(self, order: ClipOrder) -> ClipJob:
        """Schedule the coloring of a film.

        Raises:
            BusyError: at once, if as many wait as may.
        """
        job = ClipJob()
        with self._lock:
            if len(self._jobs) > WAITING:
                raise BusyError("busy: other films are being colored; try again in some minutes")
            self._jobs.append(job)
        job.future.add_done_callback(lambda _: self._forget(job))
        self._threads.submit(job.run, order, self._options.max_clip_minutes * 60)
        return job

    def close(self) -> None:
        """End those that wait or run."""
        with self._lock:
            jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        self._threads.shutdown(wait=False)

    def _forget(self, job: ClipJob) -> None:
        with self._lock:
            self._jobs.remove(job)


def wait(job: ClipJob, told: Callable[[int, int], None], pause: float) -> None:
    """Wait until a film is in color, and tell how far it is; as of `ClipJob.future`."""
    while True:
        with contextlib.suppress(TimeoutError):
            return job.future.result(pause)
        told(*job.progress)


def _start() -> Any:
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-m", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def _end(process: Any) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()
