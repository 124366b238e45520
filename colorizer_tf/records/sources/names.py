"""Which files are photos by their names, and which are clutter that programs leave beside them."""

from colorizer_tf.images import IMAGE_SUFFIXES

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_PHOTO_ENDINGS = tuple(sorted(IMAGE_SUFFIXES))

# Beside hidden ones, whose names begin with a dot. Synology keeps thumbnails in @eaDir, in folders
# that are called like the photos; macOS writes __MACOSX into archives.
_CLUTTER = frozenset(
    (
        *("__macosx", "network trash folder", "temporary items", "icon\r"),
        *("@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),
        *("$recycle.bin", "recycler", "system volume information", "found.000", "lost+found"),
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini"),
        *("__pycache__", "node_modules"),
    )
)


def is_photo(name: str) -> bool:
    """Whether a file's name ends as those of photos do."""
    return name.lower().endswith(_PHOTO_ENDINGS)


def is_clutter(path: str) -> bool:
    """Whether a path below a source is hidden or clutter: it is passed by without a word.

    Args:
        path: with `/` between its parts, of a file or folder.
    """
    return any(_is_hidden(part) or part.lower() in _CLUTTER for part in path.split("/"))


def _is_hidden(part: str) -> bool:
    return part.startswith(".") and part not in (".", "..")
