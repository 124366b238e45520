"""The parts of a restoration in their order, and the picture within its border."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from colorizer_tf.base.errors import UsageError
from colorizer_tf.color.merge import gray_of
from colorizer_tf.inference.hints.hint import Hint
from colorizer_tf.inference.restoration.border import Box, find_border
from colorizer_tf.inference.restoration.grain import denoise
from colorizer_tf.inference.restoration.spots import remove_dust
from colorizer_tf.inference.restoration.tones import levels, neutral


@dataclass(frozen=True)
class Restored:
    """A photo that is ready to be colored.

    Attributes:
        pixels: `(h, w)` gray, or `(h, w, 3)` sRGB if nothing but its border was looked for; of the
            photo's dtype.
        box: rows and columns of the picture within its border.
    """

    pixels: np.ndarray
    box: Box

    @property
    def is_whole(self) -> bool:
        """Whether the picture is all of the photo."""
        return self.pixels[self.box].shape == self.pixels.shape

    @property
    def picture(self) -> np.ndarray:
        """What is colored: the photo without its border."""
        return np.ascontiguousarray(self.pixels[self.box])

    def framed(self, colored: np.ndarray) -> np.ndarray:
        """The whole photo with its border, `(h, w, 3)`.

        Args:
            colored: the picture in color.
        """
        if colored.shape[:2] == self.pixels.shape[:2]:
            return colored
        border = self.pixels if self.pixels.ndim == 3 else gray_of(self.pixels)
        whole = border.copy()
        whole[self.box] = colored
        return whole

    def padded(self, values: np.ndarray) -> np.ndarray:
        """Values of the picture's pixels for the whole photo: zeros on its border."""
        whole = np.zeros((*self.pixels.shape[:2], *values.shape[2:]), values.dtype)
        whole[self.box] = values
        return whole

    def moved(self, hints: Sequence[Hint]) -> list[Hint]:
        """Hints in the photo as hints in the picture.

        Raises:
            UsageError: if one lies outside of the photo, or on its border.
        """
        if self.is_whole:
            return list(hints)
        height, width = self.pixels.shape[:2]
        top, left = (
            part.indices(side)[0] for part, side in zip(self.box, (height, width), strict=True)
        )
        rows, columns = self.picture.shape[:2]
        found = []
        for hint in hints:
            y, x = hint.place(height, width)
            if not (top <= y < top + rows and left <= x < left + columns):
                raise UsageError(f"the hint {hint} lies on the border, which is not colored")
            reach = hint.reach(height, width)
            found.append(dataclasses.replace(hint, x=x - left, y=y - top, radius=reach))
        return found


def restore(pixels: np.ndarray, parts: tuple[str, ...]) -> Restored:
    """A photo with some of `request.RESTORATIONS` applied; the parts know what they leave alone.

    The border is found first, so that its paper counts for nothing in what follows; spots go before
    the grain, which would blur them; levels come last, or they would stretch what is removed.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        parts: which.
    """
    box = find_border(pixels) if "border" in parts else (slice(None), slice(None))
    if not set(parts) - {"border"}:
        return Restored(pixels, box)
    gray = neutral(pixels, box) if "neutral" in parts else _lightness(pixels)
    if "dust" in parts:
        gray = remove_dust(gray, box)
    if "denoise" in parts:
        gray = denoise(gray)
    if "levels" in parts:
        gray = levels(gray, box)
    return Restored(gray, box)


def _lightness(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(gray_of(pixels)[..., 0])
