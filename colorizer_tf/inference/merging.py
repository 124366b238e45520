"""A photo and its prediction to a picture in color, of the photo's own dtype."""

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.color.merge import gray_of, merge_photo
from colorizer_tf.inference.photos import FLOAT_CODES, Photo, as_codes, read_pixels
from colorizer_tf.inference.prediction import Prediction

MAX_STRENGTH = 2.0


def merge(
    photo: Photo,
    prediction: Prediction | None,
    *,
    strength: float = 1.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """The photo on its own L*, exactly, with predicted a* and b* that stop at its edges.

    Args:
        photo: see `Colorizer.colorize`.
        prediction: of this photo; None gives the gray photo.
        strength: see `Colorizer.colorize`.
        out: see `Colorizer.colorize`.

    Returns:
        See `Colorizer.colorize`.

    Raises:
        ImageError: if it is no photo; the message is the reason.
        ColorizerError: if `strength` is outside of its range or `out` does not fit.
    """
    check_strength(strength)
    array = read_pixels(photo)
    pixels = as_codes(array)
    check_out(out, array)
    if prediction is None or strength == 0:
        return as_given(gray_of(pixels), array.dtype, out)
    colored = merge_photo(
        pixels,
        prediction.lightness,
        prediction.ab * strength,
        ab_stride=prediction.ab_stride,
        out=None if array.dtype.kind == "f" else out,
    )
    return as_given(colored, array.dtype, out)


def as_given(codes: np.ndarray, dtype: np.dtype, out: np.ndarray | None) -> np.ndarray:
    """A picture of codes as `colorize` gives it of a photo of this dtype.

    Args:
        codes: `(h, w, 3)` uint8 or uint16.
        dtype: of the photo; floats give float32.
        out: what to write to, if anything; may be `codes`.
    """
    if dtype.kind == "f":
        return np.divide(codes, np.float32(FLOAT_CODES), out=out)
    if out is None or out is codes:
        return codes
    out[...] = codes
    return out


def check_strength(strength: float) -> None:
    """Raise unless a strength is in its range.

    Raises:
        ColorizerError: if it is not.
    """
    if not 0 <= strength <= MAX_STRENGTH:
        raise ColorizerError(f"strength: received {strength}, expected 0 to {MAX_STRENGTH:g}")


def check_out(out: np.ndarray | None, photo: np.ndarray) -> None:
    """Raise unless the color of a photo can be written to an array.

    Args:
        out: the array, or None.
        photo: as the caller gave it.

    Raises:
        ColorizerError: if it has another shape or dtype, or is read-only.
    """
    if out is None:
        return
    shape = (*photo.shape[:2], 3)
    floats = photo.dtype.kind == "f"
    dtype = np.dtype(np.float32) if floats else photo.dtype.newbyteorder("=")
    if (out.shape, out.dtype) != (shape, dtype) or not out.flags.writeable:
        kind = "" if out.flags.writeable else "read-only "
        raise ColorizerError(
            f"out: received a {kind}{out.dtype} array of shape {out.shape}, expected a writeable "
            f"{dtype} one of shape {shape}"
        )
