"""Commands of other colorizers: run over gray pictures, they write colored ones."""

import shlex
import time
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.evaluation.costs import Cost
from colorizer_tf.evaluation.process import run_process

_FOLDERS = ("{in}", "{out}")
_FILES = ("{photo}", "{result}")


@dataclass(frozen=True)
class Command:
    """A command template, split as a shell would, but run without one.

    Attributes:
        name: of the entry.
        arguments: with the placeholders {in} and {out}, folders, or {photo} and {result}, PNG
            files.
    """

    name: str
    arguments: tuple[str, ...]

    @property
    def per_photo(self) -> bool:
        """Whether it is run once for each photo."""
        return any(place in argument for argument in self.arguments for place in _FILES)

    def filled(self, *paths: Path) -> list[str]:
        """The arguments with these paths, input and output, in the placeholders."""
        places = _FILES if self.per_photo else _FOLDERS
        filled = list(self.arguments)
        for place, path in zip(places, paths, strict=True):
            filled = [argument.replace(place, str(path)) for argument in filled]
        return filled


def parse_command(name: str, text: str) -> Command:
    """The command in `NAME=text`.

    Raises:
        UsageError: if it has unbalanced quotes or lacks the placeholders.
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
    """Run a command over a folder of gray PNG files.

    Args:
        command: the command.
        grays: the folder of gray pictures.
        out: an empty folder for its pictures.
        seconds: the time limit for all photos together.

    Returns:
        Photos per second, its start included, and the memory of its largest process.

    Raises:
        ColorizerError: if it cannot be started, fails or takes too long.
    """
    photos = sorted(grays.iterdir())
    runs = [(photo, out / photo.name) for photo in photos] if command.per_photo else [(grays, out)]
    start, peak = time.monotonic(), 0.0
    for paths in runs:
        left = seconds - (time.monotonic() - start)
        try:
            peak = max(peak, run_process(command.filled(*paths), left).peak_memory_mb)
        except TimeoutError:
            raise ColorizerError(
                f"stopped after its time limit of {seconds:g} s (--peer-timeout)"
            ) from None
    rate = len(photos) / max(time.monotonic() - start, 1e-9)
    return Cost(photos_per_second=rate, peak_memory_mb=peak)
