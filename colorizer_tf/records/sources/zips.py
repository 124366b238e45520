"""What is in a zip archive, with the names that its writer meant."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from colorizer_tf.images import MAX_FILE_BYTES

_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 1
_UNICODE_PATH = 0x7075


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        position: its number among all entries.
        path: its path inside, with `/`, and nothing in it that leads elsewhere.
        info: the entry.
        problem: why it cannot be read, else empty.
    """

    position: int
    path: str
    info: zipfile.ZipInfo
    problem: str = ""

    @property
    def key(self) -> str:
        """A name that is unique in the archive: paths may come twice."""
        return f"{self.position}:{self.path}"

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folder that it lies in; "" at the top."""
        return self.path.rpartition("/")[0]


def members(archive: zipfile.ZipFile) -> Iterator[Member]:
    """The files in an archive, in its order."""
    for position, info in enumerate(archive.infolist()):
        member = member_of(position, info)
        if member:
            yield member


def member_of(position: int, info: zipfile.ZipInfo) -> Member | None:
    """An entry of an archive as a file; None if it is a folder."""
    # PowerShell 5 and .NET write the separator of Windows.
    raw = _name_of(info).replace("\\", "/")
    path = "/".join(part for part in raw.split("/") if part not in ("", "."))
    return (
        None if raw.endswith("/") or not path else Member(position, path, info, _check(raw, info))
    )


def _name_of(info: zipfile.ZipInfo) -> str:
    """The entry's name, in the encoding that its bytes tell."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")  # as `zipfile` decoded it
        # macOS writes UTF-8 without the flag; names in other encodings are hardly ever valid UTF-8.
        return _unicode_path(info.extra, raw) or raw.decode("utf-8")
    except UnicodeError:
        return info.filename


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's Unicode Path field, if it belongs to these bytes of the name."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and field[:1] == b"\1":
            same = field[1:5] == zlib.crc32(raw).to_bytes(4, "little")
            return field[5:].decode("utf-8") if same else ""
    return ""


def _check(raw: str, info: zipfile.ZipInfo) -> str:
    parts = raw.split("/")
    if ".." in parts or raw.startswith("/") or ":" in parts[0]:
        return "a path that leads out of its archive"
    if info.flag_bits & _ENCRYPTED_FLAG:
        return "encrypted"
    return f"larger than {MAX_FILE_BYTES} bytes" if info.file_size > MAX_FILE_BYTES else ""
