"""The content of items; each process has one open reader per source."""

import os
import socket
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO, Protocol

from colorizer_tf.base.errors import ColorizerError, ImageError
from colorizer_tf.images import MAX_FILE_BYTES, read_file
from colorizer_tf.records.sources import Item, Source
from colorizer_tf.records.sources.zips import member_of


class Reader(Protocol):
    """Reads items of one source."""

    def read(self, item: Item) -> bytes:
        """The content, at most MAX_FILE_BYTES of it."""

    def close(self) -> None:
        """Close the file."""


# Of a file in a zip archive: its mark, and the lengths of its name and its extra field.
_LOCAL_HEADER, _LOCAL_MARK = struct.Struct("<4s22xHH"), b"PK\3\4"
# Well below the system's limit of open files.
_MOST_OPEN = 16
_open: OrderedDict[Source, Reader] = OrderedDict()


def read_item(source: Source, item: Item) -> bytes:
    """The content of an item.

    The reader of the source stays open in this process until `close_readers`, so that a zip's
    directory is read once, and a compressed tar is streamed once if items are read in its order.

    Raises:
        ImageError: if it cannot be read; the message is the reason.
        ColorizerError: if its source does not exist, or is an empty folder.
    """
    if source not in _open:
        while len(_open) >= _MOST_OPEN:
            _open.popitem(last=False)[1].close()
        _open[source] = _opened(source)
    try:
        data = _open[source].read(item)
    except ImageError:
        raise
    # Damaged archives raise nearly anything: BadZipFile, zlib.error, LZMAError, EOFError, ...
    except Exception as error:
        _open.pop(source).close()
        raise ImageError(f"cannot be read from its archive ({type(error).__name__})") from error
    if len(data) < item.size and source.kind not in ("folder", "file"):
        raise ImageError("cut off in its archive")
    return data


def close_readers() -> None:
    """Close what `read_item` opened in this process."""
    while _open:
        _open.popitem()[1].close()


def _opened(source: Source) -> Reader:
    # Not a fault of the photo: skipped one by one, all of them would be missing silently.
    if not _is_there(source):
        raise ColorizerError(
            f"{source.path} cannot be seen on {socket.gethostname()}, or is empty there: was it "
            "moved? Sources, and --out, lie where every machine that shares the work sees them"
        )
    try:
        if source.kind == "zip":
            return _Zip(source.path)
        if source.kind == "tar":
            return _Tar(source.path)
        return _Stream(source.path) if source.kind == "stream" else _Files(source)
    except Exception as error:
        raise ImageError(f"its source cannot be opened ({type(error).__name__})") from error


def _is_there(source: Source) -> bool:
    if source.kind != "folder":
        return Path(source.path).exists()
    try:
        with os.scandir(source.path) as entries:
            # A mount point is an empty folder while its file system is not mounted.
            return next(entries, None) is not None
    except OSError:
        return False


class _Files:
    def __init__(self, source: Source) -> None:
        self.root = Path(source.path)
        self.is_folder = source.kind == "folder"

    def read(self, item: Item) -> bytes:
        return read_file(self.root / item.name if self.is_folder else self.root)

    def close(self) -> None:
        pass


class _Zip:
    def __init__(self, path: str) -> None:
        self.file: BinaryIO = Path(path).open("rb")  # noqa: SIM115 - stays open between calls
        self.archive = zipfile.ZipFile(self.file)
        self.infos = self.archive.infolist()

    def read(self, item: Item) -> bytes:
        info = self.infos[item.position]
        member = member_of(item.position, info)
        if not member or (member.path, info.file_size) != (item.name, item.size):
            raise ImageError("changed while the records were built")
        if info.compress_type == zipfile.ZIP_STORED:
            return self._stored(info)
        # Never more than the directory declares, whatever the compressed data unpack to.
        with self.archive.open(info) as file:
            return file.read(item.size)

    def _stored(self, info: zipfile.ZipInfo) -> bytes:
        """A member that is not compressed, in a tenth of the time that `zipfile` takes."""
        self.file.seek(info.header_offset)
        head = self.file.read(_LOCAL_HEADER.size)
        mark, name, extra = _LOCAL_HEADER.unpack(head)
        if mark != _LOCAL_MARK:
            raise zipfile.BadZipFile("no file where the directory says")
        self.file.seek(name + extra, os.SEEK_CUR)
        data = self.file.read(info.file_size)
        if zlib.crc32(data) != info.CRC:
            raise zipfile.BadZipFile("another checksum than the directory says")
        return data

    def close(self) -> None:
        self.archive.close()
        self.file.close()


class _Tar:
    def __init__(self, path: str) -> None:
        self.file: BinaryIO = Path(path).open("rb")  # noqa: SIM115 - stays open between calls

    def read(self, item: Item) -> bytes:
        self.file.seek(item.position)
        return self.file.read(item.size)

    def close(self) -> None:
        self.file.close()


class _Stream:
    """Streams a compressed tar, and starts again only for members before its position."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.archive = tarfile.open(path, "r|*")  # noqa: SIM115 - stays open between calls
        self.number = 0

    def read(self, item: Item) -> bytes:
        if item.position < self.number:
            self.archive.close()
            self.__init__(self.path)  # type: ignore[misc]
        while True:
            member = self.archive.next()
            if member is None:
                raise ImageError("gone from its archive")
            self.archive.members.clear()  # type: ignore[attr-defined]
            self.number += 1
            if self.number > item.position:
                break
        content = self.archive.extractfile(member)
        if content is None or member.name != item.name:
            raise ImageError("changed while the records were built")
        return content.read(min(item.size, MAX_FILE_BYTES))

    def close(self) -> None:
        self.archive.close()
