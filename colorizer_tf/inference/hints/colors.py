"""Colors as people write them, and what a photo's lightness leaves of them."""

import re

import numpy as np
from PIL import ImageColor

from colorizer_tf import color
from colorizer_tf.base.errors import UsageError

EXPECTED = "a hexadecimal color such as #a01818, a CSS name such as skyblue, or lab(40 50 30)"
_NUMBER = r"\s*([-+]?\d+(?:\.\d+)?)\s*"
_LAB = re.compile(rf"lab\({_NUMBER}[,\s]{_NUMBER}[,\s]{_NUMBER}\)", re.IGNORECASE)


def parse_lab(text: str) -> np.ndarray:
    """L*, a* and b* `(3,)` of a color.

    Args:
        text: `#rgb`, `#rrggbb`, `rgb(...)`, `hsl(...)`, a CSS name, or `lab(L a b)`.

    Raises:
        UsageError: if it is none of these.
    """
    found = _LAB.fullmatch(text.strip())
    if found:
        lab = np.array([float(number) for number in found.groups()])
        if 0 <= lab[0] <= color.L_MAX and np.abs(lab[1:]).max() <= color.AB_MAX:
            return lab
        raise UsageError(f"color: received {text}, expected L of 0 to 100, a and b of -128 to 128")
    try:
        codes = ImageColor.getrgb(text.strip())
    except ValueError:
        raise UsageError(f"color: received {text!r}, expected {EXPECTED}") from None
    if len(codes) != 3:
        raise UsageError(f"color: received {text!r} with transparency, expected {EXPECTED}")
    return color.rgb_to_lab(np.array(codes) / 255)


def at_lightness(lab: np.ndarray, lightness: float) -> tuple[np.ndarray, str]:
    """The ab of a color where a photo has another lightness, and what is to be said of it.

    Args:
        lab: `(3,)` the color that was asked for.
        lightness: L* of the photo in that place.

    Returns:
        The nearest ab `(2,)` of that hue which this lightness can have; and the color that comes
        out, as `#rrggbb`, if it is less colorful than what was asked, else empty.
    """
    level = np.array([lightness], np.float64)
    ab = color.fit_gamut(level, np.asarray(lab[1:], np.float64))
    asked, left = np.hypot(*lab[1:]), np.hypot(*ab)
    return ab, as_hex(lightness, ab) if asked - left > max(0.02 * asked, 0.5) else ""


def as_hex(lightness: float, ab: np.ndarray) -> str:
    """The color as `#rrggbb`."""
    rgb = color.merge_lab(np.array([lightness], np.float64), np.asarray(ab, np.float64))
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in rgb)
