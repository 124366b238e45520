"""One hint: a place in a photo, and the color that it has."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.hints.colors import parse_lab

KEEP = "keep"
EXPECTED = "X,Y=COLOR, such as 420,310=#a01818 or 35%,20%=skyblue"


@dataclass(frozen=True, slots=True)
class Hint:
    """A color in a place of a photo; picklable.

    Attributes:
        x: pixels from the left edge of the upright photo, such as 420, or per cent of its width,
            such as "35%".
        y: pixels from the top edge, or per cent of the height.
        color: hexadecimal, a CSS name, or `lab(L a b)`, of which a and b count: the photo keeps its
            lightness. "keep" holds what the model itself predicts there.
        radius: of the spot that has this color, in pixels, or in per cent of the longer side.

    Raises:
        UsageError: if a number or the color cannot be read.
    """

    x: float | str
    y: float | str
    color: str = KEEP
    radius: float | str = 0

    def __post_init__(self) -> None:
        for name in ("x", "y", "radius"):
            number, _ = _number(name, getattr(self, name))
            if name == "radius" and number < 0:
                raise UsageError(f"radius: received {self.radius!r}, expected 0 or more")
        if not isinstance(self.color, str):
            raise UsageError(f"color: received {self.color!r}, expected text")
        if self.color != KEEP:
            parse_lab(self.color)

    @classmethod
    def parse(cls, text: str, *, keep: bool = False) -> "Hint":
        """The hint that a flag spells.

        Args:
            text: `X,Y=COLOR`, or `X,Y,RADIUS=COLOR`.
            keep: without the color: the model's own.

        Raises:
            UsageError: if it is none.
        """
        places, sign, color = text.partition("=")
        parts = [part.strip() for part in places.split(",")]
        if len(parts) not in (2, 3) or bool(sign) == keep:
            expected = "X,Y such as 100,50 or 35%,20%" if keep else EXPECTED
            raise UsageError(f"received {text!r}, expected {expected}")
        radius = parts[2] if len(parts) == 3 else 0
        return cls(parts[0], parts[1], color if sign else KEEP, radius)

    def lab(self) -> np.ndarray | None:
        """L*, a* and b* of its color; None to keep the model's."""
        return None if self.color == KEEP else parse_lab(self.color)

    def place(self, height: int, width: int) -> tuple[float, float]:
        """Row and column in a photo of this size, pixel centers at whole numbers.

        Raises:
            UsageError: if it lies outside.
        """
        row, column = _pixels("y", self.y, height), _pixels("x", self.x, width)
        if not (0 <= row <= height - 1 and 0 <= column <= width - 1):
            raise UsageError(
                f"the hint {self} lies outside of the photo of {width} x {height} pixels, expected "
                f"x of 0 to {width - 1} and y of 0 to {height - 1}"
            )
        return row, column

    def reach(self, height: int, width: int) -> float:
        """The radius in pixels of a photo of this size."""
        number, percent = _number("radius", self.radius)
        return number * max(height, width) / 100 if percent else number

    def __str__(self) -> str:
        radius = f",{self.radius}" if _number("radius", self.radius)[0] else ""
        return f"{self.x},{self.y}{radius}={self.color}"


def _pixels(name: str, value: float | str, side: int) -> float:
    number, percent = _number(name, value)
    return number / 100 * (side - 1) if percent else number


def _number(name: str, value: Any) -> tuple[float, bool]:
    """A number, and whether it is per cent."""
    text = str(value).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = np.nan
    if not np.isfinite(number) or isinstance(value, bool):
        raise UsageError(f"{name}: received {value!r}, expected pixels or per cent: 420 or 35%")
    return number, text.endswith("%")
