"""Which photos are meant: files, folders, archives and patterns, each photo found once."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.batch.index import INDEX_NAME, fold, read_index, slot_of
from colorizer_tf.images.formats import IMAGE_SUFFIXES

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class Asked:
    """A path that the user named.

    Attributes:
        path: a file, folder, archive or pattern.
        kept: its path below the output folder; None for a path of the command line, of which a
            folder's content alone is mirrored.
    """

    path: str
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A photo or an archive.

    Attributes:
        path: where it is, as found.
        folder: where its output goes below the output folder; "" is the folder itself.
        real: its path without links.
        is_zip: whether it is an archive of photos.
        problem: why it cannot be had, else empty.
    """

    path: str
    folder: str
    real: str
    is_zip: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """The file's own name."""
        return os.path.basename(self.path)


def find_photos(asked: Iterable[str | Path | Asked], out: Path) -> list[Found]:
    """The photos and archives meant, each once, in a fixed order.

    A folder is searched at any depth for files with the ending of a photo, links to folders
    included, each folder once; hidden files and folders are passed by. A file named itself is
    taken whatever its ending. A path with `*`, `?` or `[` that is no file is a pattern. Files that
    an index says an earlier run wrote are no photos, and `out` itself is not searched from above.

    Args:
        asked: what the user named.
        out: the output folder.

    Returns:
        In the order asked; a path that leads nowhere and a folder that cannot be read are found
        too, with their problem.
    """
    search = _Search(out)
    for each in asked:
        search.take(each if isinstance(each, Asked) else Asked(os.fspath(each)))
    return search.found


class _Search:
    def __init__(self, out: Path) -> None:
        self.found: list[Found] = []
        self._out = os.path.realpath(out)
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._made: set[str] = set()
        self._learn(self._out)

    def take(self, asked: Asked) -> None:
        path = asked.path
        if not path:
            self._problem(asked, "an empty path")
        elif os.path.isdir(path):
            self._walk(path, asked.kept or "")
        elif os.path.lexists(path):
            kept = asked.kept or ""
            self._file(path, os.path.dirname(kept), is_zip=_is_zip(path))
        elif glob.has_magic(path):
            self._pattern(asked)
        else:
            self._problem(asked, "no such file or folder")

    def _pattern(self, asked: Asked) -> None:
        parts = Path(asked.path).parts
        first = next(number for number, part in enumerate(parts) if glob.has_magic(part))
        fixed, pattern = Path(*parts[:first]), parts[first:]
        try:
            # Unlike the module glob's, this `**` follows no links: loops of them would not end.
            matches = sorted(fixed.glob("/".join(pattern)))
        except (ValueError, NotImplementedError, OSError) as error:
            self._problem(asked, f"a pattern that cannot be used: {error}")
            return
        hidden = any(part.startswith(".") for part in pattern)
        for match in matches:
            below = match.relative_to(fixed)
            if hidden or not any(part.startswith(".") for part in below.parts):
                kept = "" if below == Path() else str(below)
                self.take(Asked(str(match), os.path.join(asked.kept or "", kept)))
        if not matches:
            self._problem(asked, "nothing matches this pattern")

    def _walk(self, top: str, kept: str) -> None:
        # Links wait until the folders proper are done: those keep their own places.
        folders, links = [(top, kept)], list[tuple[str, str]]()
        while folders or links:
            path, below = folders.pop() if folders else links.pop(0)
            real = os.path.realpath(path)
            if real in self._folders or (real == self._out and path != top):
                continue
            self._folders.add(real)
            try:
                with os.scandir(path) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                reason = (error.strerror or "unreadable").lower()
                self.found.append(Found(path, below, real, problem=reason))
                continue
            if any(entry.name == INDEX_NAME for entry in listed):
                self._learn(real)
            inner = list(self._entries(listed, real, below))
            links += [(folder, inside) for folder, inside, is_link in inner if is_link]
            folders += [(folder, inside) for folder, inside, is_link in inner if not is_link][::-1]

    def _entries(
        self, listed: list[os.DirEntry[str]], real: str, below: str
    ) -> Iterator[tuple[str, str, bool]]:
        """Take the photos among them; the folders among them, where they go, and if by a link."""
        for entry in listed:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                inside = f"{below}{os.sep}{entry.name}" if below else entry.name
                yield entry.path, inside, entry.is_symlink()
            elif os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES:
                whole = "" if entry.is_symlink() else f"{real.rstrip(os.sep)}{os.sep}{entry.name}"
                self._file(entry.path, below, whole)

    def _file(self, path: str, folder: str, real: str = "", *, is_zip: bool = False) -> None:
        real = real or os.path.realpath(path)
        if real not in self._files and slot_of(real) not in self._made:
            self._files.add(real)
            self.found.append(Found(path, folder, real, is_zip))

    def _problem(self, asked: Asked, reason: str) -> None:
        real = os.path.realpath(asked.path)
        self.found.append(Found(asked.path, "", real, problem=reason))

    def _learn(self, real: str) -> None:
        """Take in what earlier runs made below this folder: that is not to be colored again."""
        try:
            claims = read_index(Path(real)).claims
        except ColorizerError:
            return
        self._made.update(fold(real + os.sep) + slot for slot in claims)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_zip(path: str) -> bool:
    if path.lower().endswith(".zip"):
        return True
    try:
        # Opening a pipe would wait for its writer.
        if not os.path.isfile(path):
            return False
        with Path(path).open("rb") as file:
            return file.read(4) in _ZIP_STARTS
    except OSError:
        return False
