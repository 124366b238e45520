"""Which photos are meant: files, folders, archives, patterns and lists, each photo found once."""

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from colorizer_tf.batch.index import fold, read_index, slot_of
from colorizer_tf.images import unread_kind
from colorizer_tf.images.pages import can_read_pdf
from colorizer_tf.records.sources.folders import walk
from colorizer_tf.records.sources.kinds import is_url
from colorizer_tf.records.sources.lists import read_paths
from colorizer_tf.records.sources.names import is_clutter, is_photo
from colorizer_tf.video.names import can_read, is_film
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.reading import NEEDS_AV

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class InputPath:
    """A path that the user gave.

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
        problem: why it cannot be read, else empty.
        film: how to color it, of a film; None of others.
    """

    path: str
    folder: str
    real: str
    is_zip: bool = False
    problem: str = ""
    film: FilmOptions | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return os.path.basename(self.path)


@dataclass
class Findings:
    """What was found.

    Attributes:
        photos: photos and archives, in the order given.
        passed_by: kind -> number of files in folders that are not read; see `unread_kind`.
    """

    photos: list[Found] = field(default_factory=list)
    passed_by: Counter[str] = field(default_factory=Counter)


def find_photos(inputs: Iterable[str | Path | InputPath], out: Path) -> list[Found]:
    """The photos and archives of `find`."""
    return find(inputs, out).photos


def find(
    inputs: Iterable[str | Path | InputPath], out: Path, films: FilmOptions | None = None
) -> Findings:
    """The photos and archives meant, each once, in a fixed order.

    A folder is searched at any depth for files with the ending of a photo, and for PDFs if the
    extra `pdf` is installed, links to folders included, each folder once; hidden files and folders
    and clutter are passed by. A file given itself is taken whatever its name. A path with `*`, `?`
    or `[` that is no file is a pattern. Files that an index says an earlier run wrote are left out,
    and so is `out` within a folder.

    Args:
        inputs: what the user gave.
        out: the output folder.
        films: how to color those, which are searched for if the extra `video` is installed.

    Returns:
        In the order given; a path that leads nowhere and a folder that cannot be read are included
        with their problem.

    Raises:
        ColorizerError: if an index on the way is of a newer version or cannot be read.
    """
    search = _Search(out, films or FilmOptions())
    for each in inputs:
        search.take(each if isinstance(each, InputPath) else InputPath(os.fspath(each)))
    return search.findings


def read_list(file: BinaryIO, *, null: bool = False) -> Iterator[InputPath]:
    """The paths in a list as inputs, which keep their place below the output folder.

    Args:
        file: see `read_paths`.
        null: paths end in a NUL byte, not in a newline.

    Raises:
        UsageError: as `read_paths`.
    """
    for path in read_paths(file, null=null):
        normal = Path(os.path.normpath(path))
        parts = (part for part in normal.parts if part not in (normal.anchor, ".."))
        yield InputPath(path, os.sep.join(parts))


class _Search:
    def __init__(self, out: Path, films: FilmOptions) -> None:
        self.findings, self._films = Findings(), films
        self._out = os.path.realpath(out)
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._outputs: set[str] = set()
        self._leave_out_outputs(self._out)

    def take(self, given: InputPath) -> None:
        path = given.path
        if not path or "\0" in path:
            self._problem(given, "an empty path" if not path else "a path with a NUL in it")
        elif os.path.isdir(path):
            self._folder(path, given.kept or "")
        elif os.path.lexists(path):
            kept = given.kept or ""
            if is_film(path) and not can_read():
                self._problem(given, NEEDS_AV)
                return
            self._file(path, os.path.dirname(kept), is_zip=_is_zip(path))
        elif glob.has_magic(path):
            self._pattern(given)
        else:
            url = "a URL: download it first, then give the file"
            self._problem(given, url if is_url(path) else "no such file or folder")

    def _pattern(self, given: InputPath) -> None:
        parts = Path(given.path).parts
        first = next(number for number, part in enumerate(parts) if glob.has_magic(part))
        fixed, pattern = Path(*parts[:first]), parts[first:]
        try:
            # Unlike the module glob's, this `**` follows no links: loops of them would not end.
            matches = sorted(fixed.glob("/".join(pattern)))
        except (ValueError, NotImplementedError, OSError) as error:
            self._problem(given, f"a pattern that cannot be used: {error}")
            return
        names_clutter = is_clutter("/".join(pattern))
        for match in matches:
            below = match.relative_to(fixed)
            if names_clutter or not is_clutter(below.as_posix()):
                kept = "" if below == Path() else str(below)
                self.take(InputPath(str(match), os.path.join(given.kept or "", kept)))
        if not matches:
            self._problem(given, "nothing matches this pattern")

    def _folder(self, top: str, kept: str) -> None:
        # Given itself, the output folder is searched.
        entered = self._folders | {self._out} - {os.path.realpath(top)}
        for folder in walk(top, entered):
            below = os.path.join(kept, *folder.below.split("/")) if folder.below else kept
            if folder.error:
                self.findings.photos.append(
                    Found(folder.path, below, folder.real, problem=folder.error)
                )
                continue
            self._leave_out_outputs(folder.real)
            for entry in folder.files:
                kind = unread_kind(entry.name)
                if is_photo(entry.name) or (kind == "PDFs" and can_read_pdf()):
                    real = "" if entry.is_symlink() else os.path.join(folder.real, entry.name)
                    self._file(entry.path, below, real)
                elif is_film(entry.name) and can_read():
                    self._file(entry.path, below)
                else:
                    self.findings.passed_by[kind] += 1
        self._folders |= entered - {self._out}

    def _file(self, path: str, folder: str, real: str = "", *, is_zip: bool = False) -> None:
        real = real or os.path.realpath(path)
        if real not in self._files and slot_of(real) not in self._outputs:
            self._files.add(real)
            film = self._films if is_film(path) else None
            self.findings.photos.append(Found(path, folder, real, is_zip, film=film))

    def _problem(self, given: InputPath, reason: str) -> None:
        real = os.path.realpath(given.path.replace("\0", "\ufffd"))
        self.findings.photos.append(Found(given.path, "", real, problem=reason))

    def _leave_out_outputs(self, real: str) -> None:
        """Remember what earlier runs wrote below this folder: it is not to be colored again."""
        claims = read_index(Path(real)).claims
        self._outputs.update(fold(real + os.sep) + slot for slot in claims)


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
