"""Runs another program: in a time limit, without a shell, and tells its peak memory."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation import launch

_LAST_BYTES = 1200
_LAST_LINES = 3


@dataclass(frozen=True)
class Finished:
    """A program that ran.

    Attributes:
        last_lines: of what it printed, without control characters.
        peak_memory_mb: resident memory of its largest process, at its highest.
    """

    last_lines: list[str]
    peak_memory_mb: float


def run_process(arguments: Sequence[str], seconds: float) -> Finished:
    """Run a program and all that it starts, in a process group that is killed at the end.

    Args:
        arguments: the program and its arguments.
        seconds: the time limit.

    Raises:
        TimeoutError: if it takes longer.
        ColorizerError: if it cannot be started, or its exit code is not 0; the message has its last
            lines.
    """
    program = Path(arguments[0]).name
    if not shutil.which(arguments[0]):
        raise ColorizerError(f"{arguments[0]} cannot be started: no such program")
    with tempfile.TemporaryFile() as output, tempfile.NamedTemporaryFile() as peak:
        command = [sys.executable, "-I", "-S", launch.__file__, peak.name, *arguments]
        # A list of arguments that the user gave, and no shell.
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            raise TimeoutError(program) from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(max(0, output.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = _printable(output.read())
        if code:
            ended = f"{program} ended with {code}"
            raise ColorizerError(": ".join([ended, " | ".join(lines)] if lines else [ended]))
        return Finished(lines, _megabytes(float(peak.read())))


def _printable(output: bytes) -> list[str]:
    lines = output.decode(errors="replace").splitlines()[-_LAST_LINES:]
    kept = ("".join(c for c in line.strip() if c.isprintable()) for line in lines)
    return [line for line in kept if line]


def _megabytes(maximum: float) -> float:
    """Megabytes of `ru_maxrss`, which is in bytes on macOS and in KiB elsewhere."""
    return maximum / 1e6 if sys.platform == "darwin" else maximum * 1024 / 1e6
