"""The files in folders, archives (read in place) and single files, in a fixed order."""

import dataclasses
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.images import MAX_FILE_BYTES
from colorizer_tf.records.sources.folders import walk
from colorizer_tf.records.sources.kinds import is_url
from colorizer_tf.records.sources.names import ARCHIVE_SUFFIXES, is_clutter, is_photo
from colorizer_tf.records.sources.tars import is_plain_tar, tar_members
from colorizer_tf.records.sources.zips import members


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
    name: str  # its path inside
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

    Hidden files and folders, and what systems and programs leave beside photos, are passed by.

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
            for item, problem in _LISTERS[source.kind](source, index, leave_out):
                if is_clutter(item.name):
                    continue
                reason = problem or _why_not_a_photo(item)
                if reason:
                    listing.skips.append(Skip(listing.named(item), reason))
                else:
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
    except (OSError, ValueError) as error:
        if is_url(path):
            url = str(path).replace(":/", "://", 1)  # as it was before it became a path
            raise UsageError(f"{url} is a URL: download it first, then give the file") from None
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"no source at {path} ({reason}): give folders, {', '.join(ARCHIVE_SUFFIXES)} "
            f"files or image files"
        ) from None
    full = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps "..", whose name is no name
    lowered = path.name.lower()
    if stat.S_ISDIR(mode):
        return Source(full, "folder")
    if lowered.endswith(".zip"):
        return Source(full, "zip")
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return Source(full, "tar" if is_plain_tar(path) else "stream")
    if is_photo(path.name):
        return Source(full, "file")
    raise UsageError(
        f"{path}: received a file of unknown kind, expected a folder, an archive "
        f"({', '.join(ARCHIVE_SUFFIXES)}) or an image file"
    )


def _why_not_a_photo(item: Item) -> str:
    lowered = item.name.lower()
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return "an archive inside a source: give it as a source of its own"
    if not is_photo(lowered):
        return "not an image by its name"
    return f"larger than {MAX_FILE_BYTES} bytes" if item.size > MAX_FILE_BYTES else ""


# Pairs of an item and why it cannot be read, else "".
_Listed = Iterator[tuple[Item, str]]


def _list_folder(source: Source, index: int, leave_out: Path | None) -> _Listed:
    for folder in walk(source.path, {os.path.realpath(leave_out)} if leave_out else set()):
        prefix = f"{folder.below}/" if folder.below else ""
        if folder.error:
            yield Item(index, folder.below, 0, 0), f"folder cannot be read: {folder.error}"
        for entry in folder.files:
            yield Item(index, prefix + entry.name, 0, _size(entry)), ""


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:  # a link to nowhere: reading it gives the reason
        return 0


def _list_file(source: Source, index: int, _leave_out: Path | None) -> _Listed:
    path = Path(source.path)
    yield Item(index, path.name, 0, path.stat().st_size), ""


def _list_zip(source: Source, index: int, _leave_out: Path | None) -> _Listed:
    with zipfile.ZipFile(source.path) as archive:
        for each in members(archive):
            problem = each.problem if is_photo(each.path) else ""
            yield Item(index, each.path, each.position, each.info.file_size), problem


def _list_tar(source: Source, index: int, _leave_out: Path | None) -> _Listed:
    for each in tar_members(source.path, compressed=source.kind == "stream"):
        yield Item(index, each.path, each.position, each.size), each.problem


_LISTERS: dict[str, Callable[[Source, int, Path | None], _Listed]] = {
    "folder": _list_folder,
    "file": _list_file,
    "zip": _list_zip,
    "tar": _list_tar,
    "stream": _list_tar,
}
