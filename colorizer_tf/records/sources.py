"""Where photos come from: folders, zip and tar archives (read in place), single files."""

import dataclasses
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.images import IMAGE_SUFFIXES, MAX_FILE_BYTES

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

# What operating systems leave beside photos; nobody wants to read about it.
_CLUTTER = ("Thumbs.db", "desktop.ini")
_IMAGE_ENDINGS = tuple(sorted(IMAGE_SUFFIXES))


@dataclasses.dataclass(frozen=True)
class Source:
    """One SOURCE of the command line."""

    path: str
    kind: str  # "folder", "file", "zip", "tar", or "stream": a compressed tar

    @property
    def name(self) -> str:
        """Its base name: what stands for it in manifests, the same on every machine."""
        return printable(Path(self.path).name)

    def label_of(self, item: "Item") -> str:
        """The name of the folder an item of this source lies in; at an archive's top level ""."""
        inside = printable(item.name.rpartition("/")[0].rpartition("/")[2])
        return inside or (self.name if self.kind == "folder" else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A file in a source that may be a photo."""

    source: int  # which of the sources
    name: str  # its path inside, as the source spells it
    position: int  # zip: index in its directory; tar: offset of the data; stream: member number
    size: int


@dataclasses.dataclass(frozen=True)
class Skip:
    """A file that gave no record; `like` names the photo it duplicates."""

    source: str
    reason: str
    like: str = ""


@dataclasses.dataclass
class Listing:
    """What the sources hold: candidates, and files that are none."""

    sources: tuple[Source, ...]
    items: list[Item] = dataclasses.field(default_factory=list)
    skips: list[Skip] = dataclasses.field(default_factory=list)

    def named(self, item: Item) -> str:
        """`source/path inside it`, for people."""
        return full_name(self.sources, item.source, item.name)


def printable(text: str) -> str:
    """The text with what no terminal or JSON file can show replaced (names are arbitrary bytes)."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def full_name(sources: tuple[Source, ...], source: int, name: str) -> str:
    """`source/path inside it`, for people; a single file is its own name."""
    own = sources[source]
    return own.name if own.kind == "file" else f"{own.name}/{printable(name)}"


def list_sources(paths: list[Path], leave_out: Path | None = None) -> Listing:
    """The files in the sources, in a fixed order: folders sorted, archives as they are.

    Args:
        paths: folders, archives and image files.
        leave_out: a folder that is not searched: where the records go.

    Raises:
        UsageError: if a source is missing or of another kind.
        ColorizerError: if an archive cannot be read.
    """
    listing = Listing(tuple(_source(path) for path in paths))
    for index, source in enumerate(listing.sources):
        try:
            for item in _LISTERS[source.kind](source, index, leave_out, listing.skips):
                reason = _unusable(item)
                if reason:
                    listing.skips.append(Skip(listing.named(item), reason))
                elif not _is_clutter(item.name):
                    listing.items.append(item)
        except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
            raise ColorizerError(
                f"{source.path}: cannot be read to its end ({error}): is it whole? Fetch it again"
            ) from error
        except Exception as error:  # zlib.error, lzma.LZMAError: not every Python has both
            raise ColorizerError(f"{source.path}: broken archive ({error})") from error
    return listing


def _source(path: Path) -> Source:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(
            f"no source at {path} ({error.strerror}): give folders, {', '.join(ARCHIVE_SUFFIXES)} "
            f"files or image files"
        ) from None
    full = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps "..", whose name is no name
    lowered = path.name.lower()
    if stat.S_ISDIR(mode):
        return Source(full, "folder")
    if lowered.endswith(".zip"):
        return Source(full, "zip")
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return Source(full, "tar" if _is_plain_tar(path) else "stream")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Source(full, "file")
    raise UsageError(
        f"{path}: received a file of unknown kind, expected a folder, an archive "
        f"({', '.join(ARCHIVE_SUFFIXES)}) or an image file"
    )


def _is_plain_tar(path: Path) -> bool:
    # By content, not by name: compressed archives are often called just .tar.
    try:
        with tarfile.open(path, "r:"):
            return True
    except (OSError, tarfile.TarError):
        return False


def _is_clutter(name: str) -> bool:
    own = name.rpartition("/")[2]
    return own in _CLUTTER or own.startswith(".") or name.startswith("__MACOSX/")


def _unusable(item: Item) -> str:
    if _is_clutter(item.name):
        return ""
    lowered = item.name.lower()
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return "an archive inside a source: give it as a source of its own"
    if not lowered.endswith(_IMAGE_ENDINGS):
        return "not an image by its name"
    return f"larger than {MAX_FILE_BYTES} bytes" if item.size > MAX_FILE_BYTES else ""


def _list_folder(
    source: Source, index: int, leave_out: Path | None, skips: list[Skip]
) -> Iterator[Item]:
    # Each folder is entered once, by whichever name comes first: links may form loops.
    seen: set[tuple[int, int]] = set()
    if leave_out and leave_out.is_dir():
        seen.add(_identity(leave_out))
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        below = Path(source.path, folder)
        if _identity(below) in seen:
            continue
        seen.add(_identity(below))
        try:
            entries = sorted(os.scandir(below), key=lambda entry: entry.name)
        except OSError as error:
            reason = f"folder cannot be read: {(error.strerror or '').lower()}"
            skips.append(Skip(f"{source.name}/{printable(folder)}", reason))
            continue
        folders = []
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry):
                folders.append(name)
            else:
                yield Item(index, name, 0, _size(entry))
        waiting += reversed(folders)


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:  # a link to nowhere: reading it gives the reason
        return 0


def _list_file(
    source: Source, index: int, _leave_out: Path | None, _skips: list[Skip]
) -> Iterator[Item]:
    yield Item(index, Path(source.path).name, 0, Path(source.path).stat().st_size)


def _list_zip(
    source: Source, index: int, _leave_out: Path | None, skips: list[Skip]
) -> Iterator[Item]:
    with zipfile.ZipFile(source.path) as archive:
        for position, info in enumerate(archive.infolist()):
            item = Item(index, info.filename, position, info.file_size)
            if info.flag_bits & 1 and not info.is_dir() and not _unusable(item):
                skips.append(Skip(full_name((source,), 0, item.name), "encrypted"))
            elif not info.is_dir():
                yield item


def _list_tar(
    source: Source, index: int, _leave_out: Path | None, skips: list[Skip]
) -> Iterator[Item]:
    # "r|*" reads a compressed archive once, front to back; "r:" jumps over the files' content.
    stream = source.kind == "stream"
    with tarfile.open(source.path, "r|*" if stream else "r:") as archive:
        for number, member in enumerate(_members(archive)):
            item = Item(index, member.name, number if stream else member.offset_data, member.size)
            if member.isreg() and not (member.issparse() and not stream):
                yield item
            elif not member.isdir() and not _is_clutter(member.name):
                reason = "sparse file" if member.isreg() else "a link or device, not a file"
                skips.append(Skip(full_name((source,), 0, item.name), reason))


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := archive.next()) is not None:
        yield member
        # TarFile remembers each member it met, at a kilobyte apiece.
        archive.members.clear()  # type: ignore[attr-defined]


_LISTERS: dict[str, Callable[[Source, int, Path | None, list[Skip]], Iterator[Item]]] = {
    "folder": _list_folder,
    "file": _list_file,
    "zip": _list_zip,
    "tar": _list_tar,
    "stream": _list_tar,
}
