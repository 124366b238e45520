"""Zip archives of photos: reading them within limits, and packing the results."""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from colorizer_tf.base.errors import ImageError
from colorizer_tf.base.files import replacing
from colorizer_tf.images import unread_kind
from colorizer_tf.images.pages import can_read_pdf
from colorizer_tf.records.sources.names import is_clutter, is_photo
from colorizer_tf.records.sources.zips import Member, members

# Deflate unpacks no more than is asked for. The others unpack all of their input: 4 KiB of bzip2
# may become 90 MB, so they are read in small blocks, one member at a time.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
FILMS_IN_ARCHIVES = "films in archives"
_BLOCK_BYTES, _SMALL_BLOCK_BYTES = 2**20, 2**12


class ZipReader:
    """An open archive of photos; a context."""

    def __init__(self, path: str) -> None:
        """Open it and read its directory.

        Raises:
            ImageError: if it is not a complete zip archive.
        """
        try:
            self._archive = zipfile.ZipFile(path)
        except OSError as error:
            raise ImageError((error.strerror or type(error).__name__).lower()) from error
        # A damaged directory raises nearly anything: BadZipFile, struct.error, UnicodeDecodeError.
        except Exception as error:
            raise ImageError(f"not a whole zip archive ({type(error).__name__})") from error
        self._path = os.path.abspath(path)
        # Opening and closing members changes a counter, which is not safe in threads.
        self._lock = threading.Lock()
        self._unbounded = threading.Lock()

    def __enter__(self) -> "ZipReader":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._archive.close()

    def __reduce__(self) -> tuple[Callable[[str], "ZipReader"], tuple[str]]:
        # In another process it is opened anew, once.
        return _opened, (self._path,)

    def digest(self) -> str:
        """A SHA-256 of the directory: names, sizes and checksums of all entries."""
        entries = [[i.filename, i.file_size, i.CRC] for i in self._archive.infolist()]
        return hashlib.sha256(json.dumps(entries).encode("ascii")).hexdigest()

    def photos(self) -> list[Member]:
        """The photos by their names, in its order; hidden ones and clutter are passed by."""
        return [m for m in members(self._archive) if _is_taken(m.path) and not is_clutter(m.path)]

    def passed_by(self) -> Counter[str]:
        """How many other files there are, by `unread_kind`; films are "films in archives"."""
        others = (m.path for m in members(self._archive) if not is_clutter(m.path))
        kinds = Counter(unread_kind(path) for path in others if not _is_taken(path))
        films = kinds.pop("films", 0)
        return kinds + Counter({FILMS_IN_ARCHIVES: films})

    def read(self, member: Member) -> bytes:
        """A member's content, at most as much as the directory declares; safe in threads.

        Raises:
            ImageError: if it is broken; the message is the reason.
        """
        bounded = member.info.compress_type in _BOUNDED
        try:
            with contextlib.nullcontext() if bounded else self._unbounded:
                data = self._read(member.info, _BLOCK_BYTES if bounded else _SMALL_BLOCK_BYTES)
        # Damaged members raise nearly anything: BadZipFile, zlib.error, LZMAError, EOFError, ...
        except Exception as error:
            raise ImageError(f"cannot be read from its archive ({type(error).__name__})") from error
        if len(data) < member.info.file_size:
            raise ImageError("cut off in its archive")
        return data

    def _read(self, info: zipfile.ZipInfo, block: int) -> bytes:
        pieces, left = [], info.file_size
        with self._lock:
            file = self._archive.open(info)
        try:
            while left and (piece := file.read(min(block, left))):
                pieces.append(piece)
                left -= len(piece)
        finally:
            with self._lock:
                file.close()
        return b"".join(pieces)


def _is_taken(path: str) -> bool:
    return is_photo(path) or (unread_kind(path) == "PDFs" and can_read_pdf())


@functools.lru_cache(maxsize=4)
def _opened(path: str) -> ZipReader:
    return ZipReader(path)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file to pack: how to open it, its size, its path in the archive, and its date there."""

    open: Callable[[], IO[bytes]]
    size: int
    path: str
    date: tuple[int, int, int, int, int, int]


def pack(target: Path, files: Iterable[PackedFile]) -> int:
    """Write a zip archive, whole or not at all. The files are stored, as pictures do not compress.

    Returns:
        Its bytes.

    Raises:
        ColorizerError: if it cannot be written.
    """
    with replacing(target) as whole, zipfile.ZipFile(whole, "w") as archive:
        for each in files:
            info = zipfile.ZipInfo(each.path, max(each.date, (1980, 1, 1, 0, 0, 0)))
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.file_size = each.size
            with each.open() as source, archive.open(info, "w") as place:
                shutil.copyfileobj(source, place, _BLOCK_BYTES)
    return target.stat().st_size
