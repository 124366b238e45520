"""Folders of pictures that other programs made from the same photos, as entries."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.evaluation.matching import Matches, match
from colorizer_tf.evaluation.photos import item_names
from colorizer_tf.evaluation.protocol import Photo
from colorizer_tf.records.readers import read_item
from colorizer_tf.records.sources import list_sources

# Archives are read by one thread at a time: `read_item` keeps one open reader for each.
_reading = threading.Lock()


class Folder:
    """Pictures that another program made from the same photos, matched by their names.

    Args:
        name: of the entry.
        path: a folder, .zip or .tar of pictures.
        photos: names of the photos.
        left_out: names of photos that are not scored; their pictures are ignored.
        kind: "command" if a command wrote the folder in this run.
        description: for the report.

    Attributes:
        matches: pictures by photo.

    Raises:
        UsageError: if there is no such folder, or it is a compressed tar.
        ColorizerError: if it holds no pictures, or none of them belongs to a photo.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        photos: list[str],
        left_out: Sequence[str] = (),
        *,
        kind: str = "folder",
        description: str = "",
    ) -> None:
        self.name, self.kind = name, kind
        self.description = description or f"pictures in {path.name}"
        self._listing = list_sources([path])
        if self._listing.sources[0].kind == "stream":
            raise UsageError(f"{path}: pictures are asked for out of order: unpack it first")
        names = item_names(self._listing, self._listing.items)
        self.matches: Matches = match([*photos, *left_out], names)
        if not any(index < len(photos) for index in self.matches.of_photo):
            raise ColorizerError(self._none_fits(path, photos, names))

    def _none_fits(self, path: Path, photos: list[str], names: list[str]) -> str:
        own = self.kind == "command"
        if not names:
            holder = "folder" if path.is_dir() else "archive"
            return "the command wrote no pictures" if own else f"the {holder} holds no pictures"
        ambiguous = [index for index in self.matches.ambiguous if index < len(photos)]
        if ambiguous:
            several = ", ".join(self.matches.ambiguous[ambiguous[0]][:3])
            return (
                f"several pictures could be of one photo, such as {several}: leave one for each, "
                "without the originals"
            )
        if own:
            return f"none of the {len(names)} pictures that the command wrote is named as its input"
        return (
            f"none of its {len(names)} pictures belongs to any of the {len(photos)} photos by "
            f"its name: a photo {photos[0]!r} is looked for as {Path(photos[0]).stem}.png"
        )

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The file that belongs to the photo."""
        if index in self.matches.ambiguous:
            several = ", ".join(self.matches.ambiguous[index][:3])
            raise ImageError(f"several pictures could be it: {several}")
        if index not in self.matches.of_photo:
            raise ImageError("no picture of that name")
        item = self._listing.items[self.matches.of_photo[index]]
        with _reading:
            data = read_item(self._listing.sources[0], item)
        return images.decode_image(data)
