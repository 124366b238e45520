"""The index of an output folder: which files earlier runs wrote, of which inputs, and how.

A text file of JSON lines that only grows; a line that a kill left incomplete is dropped by the next
run. There are two kinds of lines: a claim reserves a name for a photo, and is on the disk before a
file of that name is written; a finished photo names its content, its options and its outputs.
"""

import dataclasses
import json
import os
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from colorizer_tf.base.errors import ColorizerError, cannot_read, cannot_write
from colorizer_tf.images.formats import PAGED_SUFFIX_OF, SUFFIX_OF

INDEX_NAME = ".colorizer-tf.jsonl"
FORMAT_VERSION = 1

# Far more than the longest paths in JSON take.
_MAX_LINE_BYTES = 2**20
_PICTURE_ENDINGS = frozenset((SUFFIX_OF | PAGED_SUFFIX_OF).values())


@dataclass(frozen=True, slots=True)
class Claim:
    """A name that is reserved for the outputs of one input.

    Attributes:
        slot: what `slot_of` gives of the output.
        input: the input's key.
        name: the part of it that stands for the input's name, so that the next run chooses it.
    """

    slot: str
    input: str
    name: str


@dataclass(frozen=True, slots=True)
class Finished:
    """An input whose outputs were written whole.

    Attributes:
        slot: the main output's.
        input: the input's key.
        size: bytes of the input.
        stamp: of the input: changes with its content.
        sha256: of its content; of an archive's directory.
        identity: of the model.
        options: digest of the other options.
        outputs: path relative to the index -> bytes.
        missing: keys of an archive's members that failed, and are not in its output.
    """

    slot: str
    input: str
    size: int
    stamp: int
    sha256: str
    identity: str
    options: str
    outputs: dict[str, int]
    missing: list[str] = dataclasses.field(default_factory=list)


def slot_of(path: str) -> str:
    """The name of an output without regard to its format: `a.jpg` gives `a.*`.

    Any other file is its own slot. Names that some file systems take for one, by case or Unicode
    form, have one slot.
    """
    root, ending = os.path.splitext(path)
    ending = ending.lower()
    return fold(f"{root}.*" if ending in _PICTURE_ENDINGS else root + ending)


def fold(path: str) -> str:
    """The path without regard to case and Unicode form, as some file systems compare it."""
    return unicodedata.normalize("NFC", path.casefold())


class Entries:
    """The content of an index.

    Attributes:
        claims: slot -> its last claim.
        finished: slot -> what was written there last.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.finished: dict[str, Finished] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, entry: Claim | Finished) -> None:
        """Add a line."""
        if isinstance(entry, Finished):
            self.finished[entry.slot] = entry
        else:
            self.claims[entry.slot] = entry
            self._names.setdefault(entry.input, []).append(entry.name)

    def names_of(self, key: str) -> list[str]:
        """The names an input ever had in its outputs, the last one first."""
        return self._names.get(key, [])[::-1]


def read_index(folder: Path) -> Entries:
    """The content of a folder's index; empty if there is none.

    Raises:
        ColorizerError: if it is of a newer version, or cannot be read.
    """
    path = folder / INDEX_NAME
    try:
        with path.open("rb") as file:
            return _read(file, path)[0]
    except (FileNotFoundError, NotADirectoryError):
        return Entries()
    except OSError as error:
        raise cannot_read(path, error) from error


class Index:
    """The index of a folder, open for more; a context. No other process may write to the folder."""

    def __init__(self, folder: Path) -> None:
        """Read it, and drop a line that a killed run left incomplete.

        Raises:
            ColorizerError: if it is of a newer version, or the folder cannot be written to.
        """
        self._path = folder / INDEX_NAME
        self._lock = threading.Lock()
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            # Unbuffered: what the system has, a kill does not lose.
            self._file = os.fdopen(handle, "r+b", buffering=0)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        try:
            with self._path.open("rb") as file:
                self.entries, self._end = _read(file, self._path)
            if not self._end:
                self._append([{"format_version": FORMAT_VERSION}])
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._file.close()

    def claim(self, claims: Iterable[Claim]) -> None:
        """Reserve names, durably before this returns.

        Raises:
            ColorizerError: if they cannot be written.
        """
        claims = [each for each in claims if self.entries.claims.get(each.slot) != each]
        if claims:
            self._append([{"claim": dataclasses.asdict(each)} for each in claims], durable=True)
        for each in claims:
            self.entries.add(each)

    def finish(self, finished: Finished) -> None:
        """Note an input as finished, from any thread.

        Raises:
            ColorizerError: if it cannot be written.
        """
        self._append([{"finished": dataclasses.asdict(finished)}])
        self.entries.add(finished)

    def _append(self, lines: list[dict[str, Any]], *, durable: bool = False) -> None:
        # ASCII only, so that names of any bytes survive as escapes.
        data = memoryview("".join(json.dumps(line) + "\n" for line in lines).encode("ascii"))
        with self._lock:
            try:
                self._file.seek(self._end)
                self._file.truncate()
                written = 0
                while written < len(data):
                    written += self._file.write(data[written:])
                if durable:
                    os.fsync(self._file.fileno())
            except OSError as error:
                raise cannot_write(self._path, error) from error
            self._end += len(data)


def _read(file: BinaryIO, path: Path) -> tuple[Entries, int]:
    """The content of a file, and where its last complete line ends."""
    entries, end = Entries(), 0
    while line := file.readline(_MAX_LINE_BYTES):
        if line.endswith(b"\n"):
            end = file.tell()
            _take(line, entries, path)
    return entries, end


def _take(line: bytes, entries: Entries, path: Path) -> None:
    try:
        content = json.loads(line)
        if content.get("format_version", FORMAT_VERSION) > FORMAT_VERSION:
            raise ColorizerError(
                f"{path} has format version {content['format_version']} and this colorizer-tf "
                f"reads up to {FORMAT_VERSION}: pip install --upgrade colorizer-tf"
            )
        if "claim" in content:
            entries.add(_checked(Claim, content["claim"]))
        elif "finished" in content:
            entries.add(_checked(Finished, content["finished"]))
    # A damaged line is ignored: its photo is colored again.
    except (ValueError, TypeError, AttributeError, RecursionError):
        return


_TYPES: dict[str, type] = {"size": int, "stamp": int, "outputs": dict, "missing": list}


def _checked(kind: type, values: dict[str, Any]) -> Any:
    entry = kind(**values)
    for field in dataclasses.fields(kind):
        if not isinstance(getattr(entry, field.name), _TYPES.get(field.name, str)):
            raise TypeError(field.name)
    outputs = entry.outputs if isinstance(entry, Finished) else {}
    if not all(isinstance(size, int) for size in outputs.values()):
        raise TypeError("outputs")
    for text in (*outputs, *values.values()):
        # No file has such a name; of others that none has, `fsencode` raises a ValueError.
        if isinstance(text, str) and b"\0" in os.fsencode(text):
            raise ValueError(text)
    return entry
