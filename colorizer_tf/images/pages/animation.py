"""Frames of animations: GIF, WebP, APNG and AVIF sequences."""

from collections.abc import Generator

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images.decoding import finished_photo
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.isolation import Session
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.pages.children import named
from colorizer_tf.images.pages.page import Numbers, Page
from colorizer_tf.images.photo import StoredPhoto


class AnimationPages:
    """An animation; see `PagedFile`.

    Attributes:
        format: "gif", "webp", "png" or "avif".
        loop: how often it is shown: 0 for ever, None once, where the format tells it.
        still_first: whether its first picture is for viewers that show no animations.
    """

    is_animation = True

    def __init__(self, session: Session, data: bytes) -> None:
        """Read its header.

        Args:
            session: of the kind "frames", for this file alone.
            data: the file.

        Raises:
            ImageError: if it is broken, or all frames together have more pixels than one may have.
        """
        self._session, self.format = session, kind_of(data)
        self.notes: list[str] = []
        facts = _facts(session).values
        self.count, self.loop = int(facts["frames"]), facts["loop"]
        self.most_pixels = int(facts["pixels"])
        self.still_first = bool(facts["still_first"])

    def pages(self, wanted: Numbers) -> Generator[Page]:
        """See `PagedFile`; all frames, with those that are not wanted."""
        for number in range(1, self.count + 1):
            with named(f"frame {number}"):
                milliseconds = float(_facts(self._session).values["milliseconds"])
                stored = self._session.next()
                if not isinstance(stored, StoredPhoto):
                    raise ImageError("truncated picture")
                photo = finished_photo(stored, self.format)
            yield Page(number, photo, number in wanted, milliseconds)


def _facts(session: Session) -> Facts:
    facts = session.next()
    if not isinstance(facts, Facts):
        raise ImageError("truncated picture")
    return facts
