"""Folders, searched at any depth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from colorizer_tf.records.sources.names import is_clutter

# Pictures that commands leave in folders of theirs, and the file that tells such a folder.
_SHEETS = {"contact-sheet.png": "manifest.json", "sheet.png": "config.json"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was searched.

    Attributes:
        path: as found.
        below: its path below the top folder, with `/`; "" for the top folder itself.
        real: its path without links.
        files: what is in it that is neither a folder nor clutter, by name.
        error: why it cannot be read, else empty.
    """

    path: str
    below: str
    real: str
    files: list[os.DirEntry[str]]
    error: str = ""


def walk(top: str, entered: set[str]) -> Iterator[Folder]:
    """The top folder and all folders below it, each once, in a fixed order.

    A folder comes before those in it. Links to folders are followed after the folders proper, which
    so keep their own places; loops end. Hidden folders and clutter are passed by, and so are the
    sheets of record sets and runs.

    Args:
        top: always entered, unless it was.
        entered: paths without links of folders not to enter (again); those entered are added.
    """
    folders, links = [(top, "")], list[tuple[str, str]]()
    while folders or links:
        path, below = folders.pop() if folders else links.pop(0)
        real = os.path.realpath(path)
        if real in entered:
            continue
        entered.add(real)
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Folder(path, below, real, [], (error.strerror or "unreadable").lower())
            continue
        names = {entry.name for entry in entries}
        entries = [
            entry
            for entry in entries
            if not is_clutter(entry.name) and _SHEETS.get(entry.name) not in names
        ]
        inner = {entry.name: entry for entry in entries if _is_folder(entry)}
        yield Folder(path, below, real, [e for e in entries if e.name not in inner])
        prefix = f"{below}/" if below else ""
        links += [(e.path, prefix + name) for name, e in inner.items() if e.is_symlink()]
        folders += reversed(
            [(e.path, prefix + name) for name, e in inner.items() if not e.is_symlink()]
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
