"""Pages of TIFF files, and copies of those that are not colored."""

import json
import math
from collections.abc import Generator
from dataclasses import replace

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import tiff
from colorizer_tf.images.decoding import finished_photo
from colorizer_tf.images.isolation import Session
from colorizer_tf.images.limits import decoder_errors, max_pixels
from colorizer_tf.images.pages.children import named
from colorizer_tf.images.pages.page import KeptPage, Numbers, Page
from colorizer_tf.images.pages.tiff_copy import copied_page
from colorizer_tf.images.photo import Metadata, StoredPhoto
from colorizer_tf.images.tags import Entry, TagFile, empty_block

_WIDTH, _HEIGHT = 0x0100, 0x0101


class TiffPages:
    """A TIFF file of one page or more; see `PagedFile`."""

    is_animation = False

    def __init__(self, session: Session, data: bytes) -> None:
        """List its pages.

        Args:
            session: of the kind "tiff", for this file alone.
            data: the file.

        Raises:
            ImageError: if it is broken, has more than 5000 pages or is a camera's raw file.
        """
        self._session, self._data = session, data
        with decoder_errors():
            self._file = TagFile(data)
            main, _ = tiff.main_page(self._file)
            self._directories = tiff.directories(self._file)
            self._roles = [tiff.role_of(self._file, each) for each in self._directories]
            # If all call themselves copies or masks, one is taken.
            self._roles[main] = ""
        self.count = self._roles.count("")
        self.most_pixels = max(map(self._pixels, self._directories))
        reduced = self._roles.count("reduced-size page")
        self.notes = [f"passed by: {_counted(reduced, 'reduced-size page')}"] if reduced else []
        masks = self._roles.count("mask")
        self.notes += [f"kept as it was: {_counted(masks, 'mask')}"] if masks else []

    def pages(self, wanted: Numbers) -> Generator[Page | KeptPage]:
        """See `PagedFile`; masks and pages that are not wanted are kept as they are."""
        number, plan = 0, []
        for position, role in enumerate(self._roles):
            number += role == ""
            if role in ("", "mask"):
                plan.append((position, number, role == "" and number in wanted))
        chosen = [position for position, _, is_chosen in plan if is_chosen]
        self._session.next()
        asked = json.dumps(chosen).encode()
        for position, number, is_chosen in plan:
            with named(f"page {number}"):
                if not is_chosen:
                    yield KeptPage(copied_page(self._data, self._directories[position]))
                    continue
                stored, asked = self._session.next(asked), b""
                if not isinstance(stored, StoredPhoto):
                    raise ImageError("truncated picture")
                photo = finished_photo(stored, "tiff")
                yield Page(number, replace(photo, metadata=self._in_order(photo.metadata)))

    def _pixels(self, directory: dict[int, Entry]) -> int:
        sides = (self._file.number(directory.get(tag)) for tag in (_WIDTH, _HEIGHT))
        return min(math.prod(sides), max_pixels())

    def _in_order(self, metadata: Metadata) -> Metadata:
        """The metadata in the file's byte order, also if it is empty: all pages share one order."""
        return replace(metadata, exif=metadata.exif or empty_block(self._file.order))


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'s' if count != 1 else ''}"
