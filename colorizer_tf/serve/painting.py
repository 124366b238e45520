"""What the page does with the photos it was given: one after the other, into the scratch folder."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.serve.scratch import Scratch
from colorizer_tf.serve.studio import Colored, Studio, Wish

# As large as the slider is ever shown, on a screen with two pixels a point.
_PREVIEW_SIDE = 1600
_PREVIEW_QUALITY = 90


@dataclass(frozen=True)
class Painted:
    """What became of one photo.

    Attributes:
        name: the photo's file name.
        reason: why it failed, else empty.
        file: the colored photo at full size, None if it failed.
        before: the gray photo for the screen.
        after: the colored one.
    """

    name: str
    reason: str = ""
    file: Path | None = None
    before: Path | None = None
    after: Path | None = None


def paint_photos(
    studio: Studio, scratch: Scratch, photos: Sequence[Path], wish: Wish
) -> Iterator[Painted]:
    """Color photos, in turn.

    Args:
        studio: colors them.
        scratch: where results go.
        photos: files in the scratch.
        wish: what is wanted of each.
    """
    for path in photos:
        try:
            scratch.check_room(0)
            data = images.read_file(path, studio.options.max_bytes)
            colored = studio.submit(data, wish).result()
            yield _kept(path, colored, scratch)
        except ColorizerError as error:
            reason = str(error)
            if not path.exists():
                reason = "it was deleted here after a while: choose it again"
            yield Painted(path.name, reason)


def _kept(path: Path, colored: Colored, scratch: Scratch) -> Painted:
    file = scratch.new_file(f"{path.stem}_colorized{images.suffix_of(colored.format)}")
    file.write_bytes(colored.content)
    before, after = (file.with_name(f"{name}.jpg") for name in ("before", "after"))
    before.write_bytes(_preview(colored.gray, colored.alpha))
    after.write_bytes(_preview(colored.pixels, colored.alpha))
    return Painted(path.name, "", file, before, after)


def _preview(pixels: np.ndarray, alpha: np.ndarray | None) -> bytes:
    factor = min(_PREVIEW_SIDE / max(pixels.shape[:2]), 1.0)
    height, width = (max(round(side * factor), 1) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    if alpha is not None:
        alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)
    shown = images.Photo(small, alpha, "jpeg")
    return images.encode_photo(small, "jpeg", like=shown, quality=_PREVIEW_QUALITY, made_by="")


def pack(painted: Sequence[Painted], scratch: Scratch) -> Path:
    """An archive of colored photos; of several with one name, all but the first are numbered."""
    target = scratch.new_file("colorized.zip")
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w") as archive:
        for each in painted:
            if each.file and each.file.exists():
                archive.write(each.file, _free_name(each.file, taken))
    return target


def _free_name(file: Path, taken: set[str]) -> str:
    number, name = 1, file.name
    while name.casefold() in taken:
        number += 1
        name = f"{file.stem}-{number}{file.suffix}"
    taken.add(name.casefold())
    return name
