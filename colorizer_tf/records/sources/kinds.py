"""What a path is, for messages where it is not what a command expects."""

import re
from pathlib import Path

from colorizer_tf.records.sources.names import ARCHIVE_SUFFIXES, is_photo

# What each command leaves in its folder.
_MARKS = {
    "manifest.json": "a record set",
    "model.json": "a model",
    "config.json": "a run",
    "report.json": "a report",
}
# Entries of a folder that are looked at.
_LOOKED_AT = 1000


def is_url(path: object) -> bool:
    """Whether a path is an address on the web; a path on the disk may have lost a slash of it."""
    return re.match(r"(https?|ftp|s3|gs|file):/", str(path), re.IGNORECASE) is not None


def kind_of(path: str | Path) -> str:
    """What is there: "a run", "a record set", "photos", "a URL", ...; "" if nothing is known."""
    if is_url(path):
        return "a URL"
    path = Path(path)
    try:
        if path.is_file():
            return _kind_of_file(path.name)
        for name, kind in _MARKS.items():
            if (path / name).is_file():
                return kind
        return "photos" if _holds_photos(path) else ""
    except (OSError, ValueError):
        return ""


def _kind_of_file(name: str) -> str:
    lowered = name.lower()
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return "an archive"
    if is_photo(lowered):
        return "a photo"
    return "a recipe" if lowered.endswith(".toml") else ""


def _holds_photos(folder: Path) -> bool:
    """Whether there are photos in a folder, or in those right below it."""
    looked = 0
    for pattern in ("*", "*/*"):
        for path in folder.glob(pattern):
            looked += 1
            if is_photo(path.name):
                return True
            if looked > _LOOKED_AT:
                return False
    return False
