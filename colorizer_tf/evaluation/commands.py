"""Other people's programs as entries: a command that makes pictures of a folder of gray ones."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.evaluation import launch
from colorizer_tf.evaluation.costs import Cost, megabytes_of_rss

_FOLDERS = ("{in}", "{out}")
_FILES = ("{photo}", "{result}")
_TOLD_LINES = 3


@dataclass(frozen=True)
class Command:
    """A command template, split as a shell would, but run without one.

    Attributes:
        name: of the entry.
        arguments: with {in} and {out}, folders, or {photo} and {result}, PNG files.
    """

    name: str
    arguments: tuple[str, ...]

    @property
    def per_photo(self) -> bool:
        """Whether it is run once for each photo."""
        return any(place in argument for argument in self.arguments for place in _FILES)


def parse_command(name: str, text: str) -> Command:
    """The command in `NAME=text`.

    Raises:
        UsageError: if it has unbalanced quotes, or lacks the places for what goes in and out.
    """
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--peer {name}: {error} in {text!r}") from None
    for places in (_FOLDERS, _FILES):
        if all(any(place in argument for argument in arguments) for place in places):
            return Command(name, arguments)
    raise UsageError(
        f"--peer {name}: received {text!r}, expected a command with {{in}} and {{out}} (folders) "
        "or {photo} and {result} (files) in it"
    )


def run_command(command: Command, grays: Path, out: Path, seconds: float) -> Cost:
    """Run a command over a folder of gray PNG files, and say what it took.

    Args:
        command: what to run.
        grays: the folder of gray pictures.
        out: an empty folder for its pictures.
        seconds: all of its processes are killed when this is over.

    Returns:
        Photos a second, its start included, and the memory of its largest process.

    Raises:
        ColorizerError: if it cannot be started, fails or takes too long.
    """
    photos = sorted(grays.iterdir())
    start = time.monotonic()
    peak = 0.0
    if command.per_photo:
        for photo in photos:
            left = seconds - (time.monotonic() - start)
            paths = {"{photo}": str(photo), "{result}": str(out / photo.name)}
            peak = max(peak, _run(_filled(command, paths), left, seconds))
    else:
        paths = {"{in}": str(grays), "{out}": str(out)}
        peak = _run(_filled(command, paths), seconds, seconds)
    rate = len(photos) / max(time.monotonic() - start, 1e-9)
    return Cost(photos_per_second=rate, peak_memory_mb=peak)


def _filled(command: Command, paths: dict[str, str]) -> list[str]:
    filled = []
    for argument in command.arguments:
        for place, path in paths.items():
            argument = argument.replace(place, path)
        filled.append(argument)
    return filled


def _run(arguments: list[str], seconds: float, whole: float) -> float:
    """Run one process and all that it starts; gives the peak memory in megabytes."""
    if not shutil.which(arguments[0]):
        raise ColorizerError(f"{arguments[0]} cannot be started: no such program")
    with tempfile.NamedTemporaryFile() as peak:
        launcher = [sys.executable, "-I", "-S", launch.__file__, peak.name]
        with _started([*launcher, *arguments]) as (process, said):
            try:
                code = process.wait(max(seconds, 0.0))
            except subprocess.TimeoutExpired:
                raise ColorizerError(
                    f"stopped after its time limit of {whole:g} s (--peer-timeout)"
                ) from None
        if code:
            told = " | ".join(line for line in said if line.strip())
            ended = f"{Path(arguments[0]).name} ended with {code}"
            raise ColorizerError(f"{ended}: {told}" if told else ended)
        return megabytes_of_rss(float(peak.read()))


@contextlib.contextmanager
def _started(arguments: list[str]) -> Iterator[tuple["subprocess.Popen[bytes]", deque[str]]]:
    """A process in a group of its own, which is gone as a whole afterward; and its last lines."""
    # A list of arguments that the user gave, and no shell.
    process = subprocess.Popen(  # noqa: S603
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    said: deque[str] = deque(maxlen=_TOLD_LINES)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    reader = threading.Thread(target=_drain, args=(process.stdout, said), daemon=True)
    reader.start()
    try:
        yield process, said
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # One that left the group may hold the pipe open for as long as it likes.
        reader.join(timeout=2)
        if not reader.is_alive():
            process.stdout.close()


def _drain(pipe: IO[bytes], said: deque[str]) -> None:
    while line := pipe.readline(400):
        said.append("".join(c for c in line.decode(errors="replace").strip() if c.isprintable()))
