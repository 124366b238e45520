"""The whole segments of a film that is being colored: a run that was killed goes on after them.

They lie in a hidden folder beside the film to come, with what they depend on; a folder of another
film, model or option is emptied.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from colorizer_tf.base.errors import cannot_write
from colorizer_tf.base.files import remove_parts, replacing, write_atomic

_IDENTITY = "identity.json"


class Coded(NamedTuple):
    """A frame as the encoder gave it; its times are in the film's time base.

    Attributes:
        size: bytes.
        shown: its time stamp.
        decoded: the time stamp of decoding.
        duration: of the frame.
        is_key: whether it is decoded without others.
    """

    size: int
    shown: int
    decoded: int
    duration: int
    is_key: bool


@dataclass(frozen=True)
class Segment:
    """A whole segment: the file with its frames' bytes, one after the other, and what they are."""

    path: Path
    frames: list[Coded]

    def packets(self) -> Iterator[bytes]:
        """The bytes of each frame, in the order of decoding."""
        with self.path.open("rb") as file:
            for frame in self.frames:
                yield file.read(frame.size)


class SegmentFolder:
    """The segments of one film to come.

    Attributes:
        segments: the whole ones, in order, those of earlier runs too.
    """

    def __init__(self, target: Path, identity: dict[str, Any]) -> None:
        """Open it, with what an earlier run left.

        Args:
            target: the film to come.
            identity: all that the segments depend on; JSON.

        Raises:
            ColorizerError: if it cannot be written to.
        """
        name = hashlib.sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._path = target.with_name(f".{name}.film")
        text = json.dumps(identity, sort_keys=True).encode("ascii")
        if not self._holds(text):
            self.remove()
            try:
                self._path.mkdir(parents=True)
            except OSError as error:
                raise cannot_write(self._path, error) from error
            write_atomic(self._path / _IDENTITY, text)
        remove_parts(self._path)
        self.segments: list[Segment] = []
        while (found := self._found(len(self.segments))) is not None:
            self.segments.append(found)

    @property
    def times(self) -> list[int]:
        """Time stamps of all frames in the whole segments, in order."""
        return sorted(frame.shown for segment in self.segments for frame in segment.frames)

    def add(self, write: Callable[[BinaryIO], list[Coded]]) -> None:
        """Add a segment that `write` writes to a file, whole or not at all."""
        number = len(self.segments)
        path, list_path = self._paths(number)
        with replacing(path) as file:
            frames = write(file)
        write_atomic(list_path, json.dumps(frames).encode("ascii"))
        self.segments.append(Segment(path, frames))

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self._path, ignore_errors=True)

    def _holds(self, identity: bytes) -> bool:
        try:
            return (self._path / _IDENTITY).read_bytes() == identity
        except OSError:
            return False

    def _paths(self, number: int) -> tuple[Path, Path]:
        return self._path / f"{number:06}.video", self._path / f"{number:06}.json"

    def _found(self, number: int) -> Segment | None:
        path, list_path = self._paths(number)
        try:
            frames = [Coded(*frame) for frame in json.loads(list_path.read_bytes())]
        except FileNotFoundError:
            return None
        return Segment(path, frames)
