"""A photo that a client sends, as it is asked for and as it is answered."""

from dataclasses import dataclass, field

import numpy as np

from colorizer_tf import images
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.inference.hints.hint import Hint


@dataclass(frozen=True)
class PhotoRequest:
    """How one photo is to be colored.

    Attributes:
        model: the name of a model that is served; empty for the first.
        size: scale at which color is predicted; None for the model's own.
        temperature: of the model's distribution over color classes; None for the model's own.
        options: strength, format and quality.
        hints: colors that a person gives; then the photo is kept in memory for the next ones.
        restore: parts of `request.RESTORATIONS` that come first, or "all".
        seed: draws a likely color with it, see `Colorizer.variants`; None for the model's answer.
        confidence: give the map of `Colorizer.confidence` in place of the photo.
    """

    model: str = ""
    size: int | None = None
    temperature: float | None = None
    options: ColorizeOptions = field(default_factory=ColorizeOptions)
    hints: tuple[Hint, ...] | None = None
    restore: tuple[str, ...] = ()
    seed: int | None = None
    confidence: bool = False


@dataclass(frozen=True)
class ColorizedPhoto:
    """A photo that was colored.

    Attributes:
        content: of the file, with metadata as `colorizer-tf colorize` writes it.
        format: the file's: "jpeg", "png", "webp" or "tiff"; of several pages "gif", "avif" and
            "pdf" too.
        gray: `(h, w, 3)` sRGB of the photo without its color.
        merged: `(h, w, 3)` sRGB of the photo in color; None if the file alone has it. Of several
            pages both are of the first.
        alpha: `(h, w)` or None.
        notes: what a person who gave colors should know.
    """

    content: bytes
    format: str
    gray: np.ndarray
    merged: np.ndarray | None
    alpha: np.ndarray | None
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> np.ndarray:
        """`(h, w, 3)` sRGB of the photo in color."""
        return images.decode_photo(self.content).pixels if self.merged is None else self.merged
