"""What is in a tar archive."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TarMember:
    """A file in an archive.

    Attributes:
        path: as the archive spells it.
        position: offset of its content; in a compressed archive its number.
        size: bytes of its content.
        problem: why it cannot be read, else empty.
    """

    path: str
    position: int
    size: int
    problem: str = ""


def is_plain_tar(path: Path) -> bool:
    """Whether a tar archive is not compressed, by its content: some are called just .tar."""
    try:
        with tarfile.open(path, "r:"):
            return True
    except (OSError, tarfile.TarError):
        return False


def tar_members(path: str, *, compressed: bool) -> Iterator[TarMember]:
    """The files in an archive, in its order.

    Raises:
        OSError, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError: if it is damaged.
    """
    # "r|*" reads a compressed archive once, front to back; "r:" jumps over the files' content.
    with tarfile.open(path, "r|*" if compressed else "r:") as archive:
        number = -1
        while (member := archive.next()) is not None:
            number += 1
            position = number if compressed else member.offset_data
            if not member.isdir():
                yield TarMember(member.name, position, member.size, _check(member, compressed))
            # TarFile remembers each member, at a kilobyte apiece.
            archive.members.clear()  # type: ignore[attr-defined]


def _check(member: tarfile.TarInfo, compressed: bool) -> str:
    if not member.isreg():
        return "a link or device, not a file"
    # The content of a sparse file is not in one piece: only a stream puts it together.
    return "sparse file" if member.issparse() and not compressed else ""
