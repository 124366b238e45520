"""Tones of prints: casts and fading, undone by the ends of the scale of tones."""

import cv2
import numpy as np

from colorizer_tf.color.merge import gray_of
from colorizer_tf.inference.restoration.border import Box

# Of the pixels: so many may become plain black, and so many plain white.
_CUT = 0.4
# Where black and white of a full scale lie: a print's black is not that of a screen.
_BLACK, _WHITE = 0.02, 0.98
# A fog, a snow field or a night has few tones of its own: beyond this it would be all grain.
_MOST_GAIN = 2.5
_SIDE = 192


def neutral(pixels: np.ndarray, box: Box) -> np.ndarray:
    """A toned, yellowed or unevenly faded print in gray, `(h, w)` of the same dtype.

    Each channel's own scale, from its black to its white, is laid onto the scale of the lightness:
    paper and shadows become neutral, and a channel that has faded more counts as much as the
    others.

    Args:
        pixels: `(h, w)` gray, which is returned as it is, or `(h, w, 3)` sRGB.
        box: where the picture is.
    """
    if pixels.ndim == 2:
        return pixels
    gray = gray_of(pixels)[..., 0]
    low, high = _ends(gray[box])
    mean = np.zeros(gray.shape, np.float32)
    for channel, weight in enumerate((0.299, 0.587, 0.114)):  # Rec. 601
        plane = pixels[..., channel]
        own_low, own_high = _ends(plane[box])
        if own_high - own_low < (high - low) / 4:
            # It holds no picture: blue of a deep yellow print.
            own_low, own_high, plane = low, high, gray
        scale = (high - low) / max(own_high - own_low, 1)
        mean += np.float32(weight) * ((plane.astype(np.float32) - own_low) * scale + low)
    return _as_codes(mean, pixels.dtype)


def levels(gray: np.ndarray, box: Box) -> np.ndarray:
    """A faded print with black and white again, `(h, w)` of the same dtype.

    Args:
        gray: `(h, w)`.
        box: where the picture is; its border is stretched with it.
    """
    most = np.iinfo(gray.dtype).max
    low, high = _ends(gray[box])
    black, white = _BLACK * most, _WHITE * most
    # Never less than there is already.
    black, white = min(black, low), max(white, high)
    gain = min((white - black) / max(high - low, 1), _MOST_GAIN)
    # Where the gain is cut, what is left of the scale goes to both ends alike.
    start = black + (white - black - gain * (high - low)) * (low - black) / max(
        (low - black) + (white - high), 1
    )
    return _as_codes((gray.astype(np.float32) - low) * np.float32(gain) + start, gray.dtype)


def _ends(plane: np.ndarray) -> tuple[float, float]:
    """Black and white of a plane, by a small copy of it: there grain and specks count little."""
    factor = min(1.0, _SIDE / max(plane.shape))
    sides = tuple(max(1, round(side * factor)) for side in plane.shape[::-1])
    small = cv2.resize(np.ascontiguousarray(plane), sides, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, [_CUT, 100 - _CUT])
    return float(low), float(high)


def _as_codes(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.rint(np.clip(values, 0, np.iinfo(dtype).max)).astype(dtype)
