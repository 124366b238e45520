"""Films by their names: which files are films, and how their outputs end."""

import importlib.util
from pathlib import Path

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"),
    *(".wmv", ".flv", ".ogv", ".3gp", ".mts", ".m2ts", ".ts"),
)

# By ending: FFmpeg's name of the container, and the encoder by default.
CONTAINERS = {
    ".mp4": ("mp4", "libx264"),
    ".m4v": ("mp4", "libx264"),
    ".mov": ("mov", "libx264"),
    ".mkv": ("matroska", "libx264"),
    ".webm": ("webm", "libvpx-vp9"),
}
# Takes nearly every codec of sound and subtitles, so those of all other containers.
OTHERWISE = ".mkv"


def suffix_for(source: str | Path) -> str:
    """The ending of the colored film."""
    suffix = Path(source).suffix.lower()
    return suffix if suffix in CONTAINERS else OTHERWISE


def is_film(path: str | Path) -> bool:
    """Whether a path's ending is that of a film."""
    return Path(path).suffix.lower() in SUFFIXES


def can_read() -> bool:
    """Whether the package that films need is there."""
    return importlib.util.find_spec("av") is not None
