"""What a person says of a photo's colors, and a prediction that follows it."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.hints.book import HintBook
from colorizer_tf.inference.hints.colors import parse_lab
from colorizer_tf.inference.hints.hint import Hint
from colorizer_tf.inference.hints.kernel import KernelSettings
from colorizer_tf.inference.hints.points import points_of
from colorizer_tf.inference.hints.spread import HintField
from colorizer_tf.inference.palette import MAX_COLORS, drawn_toward
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.reference import Reference, carried_over


@dataclass(frozen=True)
class Guidance:
    """What a person says of a photo's colors. Picklable.

    Attributes:
        hints: colors in places.
        palette: colors to draw all others toward, written as in hints.
        reference: a color photo whose colors are carried over, as the path of its file.
        reference_digest: of that file's content.

    Raises:
        UsageError: if a color of the palette cannot be read.
    """

    hints: tuple[Hint, ...] = ()
    palette: tuple[str, ...] = ()
    reference: str = ""
    reference_digest: str = ""

    def __post_init__(self) -> None:
        if len(self.palette) > MAX_COLORS:
            raise UsageError(
                f"palette: received {len(self.palette)} colors, expected at most {MAX_COLORS}"
            )
        for each in self.palette:
            parse_lab(each)

    def __bool__(self) -> bool:
        return bool(self.hints or self.palette or self.reference)

    @property
    def text(self) -> str:
        """All of it in one line, for the digests of what colors depend on; empty for nothing."""
        parts = [f"hint={hint}" for hint in self.hints]
        parts += [f"palette={','.join(self.palette)}"] if self.palette else []
        parts += [f"reference={self.reference_digest}"] if self.reference else []
        return " ".join(parts)

    @property
    def digest(self) -> str:
        """Of the text."""
        return _digest(self.text)

    def credit(self, model: str) -> str:
        """Who made the colors: the model, and a person where there was one."""
        return f"{model}, led by colors that a person gave" if self else model


@dataclass(frozen=True)
class GuidanceOf:
    """What a person says of the colors of many photos. Picklable.

    Attributes:
        book: hints by patterns of photos' names.
        every: what is said of all of them.
    """

    book: HintBook = field(default_factory=HintBook)
    every: Guidance = field(default_factory=Guidance)

    def __bool__(self) -> bool:
        return bool(self.book.entries or self.every)

    def of(self, path: str) -> Guidance:
        """What is said of one photo."""
        return dataclasses.replace(self.every, hints=self.book.of(path))

    @property
    def digest(self) -> str:
        """Of all of it."""
        return _digest(repr(self))


@dataclass(frozen=True)
class Guided:
    """A prediction that follows what a person said, and what the person should know of it."""

    prediction: Prediction
    notes: list[str] = field(default_factory=list)


NOTHING, NOTHING_OF_ANY = Guidance(), GuidanceOf()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def guided(
    prediction: Prediction,
    pixels: np.ndarray,
    guidance: Guidance,
    kernel: KernelSettings | None,
    reference: Reference | None = None,
) -> Guided:
    """The prediction with the colors that a person gave.

    Args:
        prediction: of this photo, in its strength.
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        guidance: what the person said.
        kernel: by which hints spread; None for models without features for hints.
        reference: what the guidance's path leads to.

    Raises:
        UsageError: if a hint lies outside of the photo, or there are too many.
    """
    notes = []
    if reference:
        prediction, share = carried_over(prediction, reference, kernel)
        notes.append(f"the reference matches {share:.0%} of the photo")
    if guidance.palette:
        prediction = drawn_toward(prediction, guidance.palette)
    found = with_hints(HintField(prediction, kernel), pixels, guidance.hints)
    return Guided(found.prediction, notes + found.notes)


def with_hints(field: HintField, pixels: np.ndarray, hints: Sequence[Hint]) -> Guided:
    """As `guided`, of hints alone, with what can be kept between them."""
    points, notes = points_of(hints, pixels, field.prediction.lightness.size)
    return Guided(field.hinted(points, (pixels.shape[0], pixels.shape[1])), notes)
