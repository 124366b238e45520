"""sRGB <-> CIE LAB (D65, 2 degree observer), and the one place that scales L and ab.

Every function is written once against the names that `numpy`, `tensorflow` and `jax.numpy` share,
so it takes and returns whichever of them it is given: NumPy arrays, eager tensors, symbolic
tensors inside a `tf.function`, a `tf.data` map or a SavedModel. The last axis holds the channels.
"""

import functools
import importlib
from typing import Any

import cv2
import numpy as np

from colorizer_tf.color.light_curve import STEPS, ZERO, LightCurve, light_of_steps

# The sRGB primaries and the D65 white point as scikit-image and OpenCV have them (IEC 61966-2-1
# and CIE 15:2004, rounded): with others, white itself is off by up to 0.02 in b against theirs.
XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
RGB_FROM_XYZ = np.linalg.inv(XYZ_FROM_RGB)
WHITE = np.array([0.95047, 1.0, 1.08883])
# What the rounded matrix itself makes of RGB 1, 1, 1: with it a = b = 0 is exactly gray.
NEUTRAL = XYZ_FROM_RGB.sum(axis=1)

# CIE 15:2004: below EPSILON the cube root is replaced by a line through (0, 16/116).
EPSILON = (6 / 29) ** 3
SLOPE = (29 / 6) ** 2 / 3

L_MAX = 100.0
AB_MAX = 128.0

_WHOLE_RANGE = {"uint8": 255.0, "uint16": 65535.0}


def namespace_of(array: Any) -> Any:
    """The module whose functions take this array."""
    package = type(array).__module__.partition(".")[0]
    if package == "tensorflow":
        return importlib.import_module("tensorflow")
    if package in ("jax", "jaxlib"):
        return importlib.import_module("jax.numpy")
    return np


def _as_float(array: Any) -> Any:
    """The array as floats; uint8 and uint16 are taken as whole ranges and come back in [0, 1]."""
    array = array if hasattr(array, "dtype") else np.asarray(array, "float64")
    name = getattr(array.dtype, "name", str(array.dtype))
    if name in _WHOLE_RANGE:
        floats = (
            array.astype("float32")
            if hasattr(array, "astype")
            else importlib.import_module("tensorflow").cast(array, "float32")
        )
        return floats / _WHOLE_RANGE[name]
    if "float" not in name:
        raise TypeError(
            f"colors must be floats, uint8 or uint16, received {name}: convert them first"
        )
    return array


def _mix(matrix: np.ndarray, channels: list[Any]) -> list[Any]:
    return [sum(float(w) * c for w, c in zip(row, channels, strict=True)) for row in matrix]


def _channels(array: Any, count: int) -> list[Any]:
    if array.shape[-1] not in (count, None):
        raise ValueError(f"expected {count} channels on the last axis, received {array.shape}")
    return [array[..., i] for i in range(count)]


def linear_from_srgb(srgb: Any) -> Any:
    """Linear light of sRGB values, both in [0, 1] (IEC 61966-2-1)."""
    xp = namespace_of(srgb)
    # Each branch of a `where` is evaluated, and its gradient: the clamp keeps the power's finite.
    curve = ((xp.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return xp.where(srgb > 0.04045, curve, srgb / 12.92)


def srgb_from_linear(linear: Any) -> Any:
    """The sRGB values of linear light, both in [0, 1] (IEC 61966-2-1)."""
    xp = namespace_of(linear)
    curve = 1.055 * xp.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return xp.where(linear > 0.0031308, curve, linear * 12.92)


def _f(t: Any) -> Any:
    xp = namespace_of(t)
    return xp.where(t > EPSILON, xp.maximum(t, EPSILON) ** (1 / 3), SLOPE * t + 16 / 116)


def _f_inverse(f: Any) -> Any:
    return namespace_of(f).where(f > 6 / 29, f**3, (f - 16 / 116) / SLOPE)


def rgb_to_lab(rgb: Any) -> Any:
    """CIE LAB of sRGB colors.

    Args:
        rgb: `(..., 3)`; floats in [0, 1], or uint8 / uint16 over their whole range.

    Returns:
        `(..., 3)` floats: L in [0, 100], a and b in about [-128, 127]. Floats keep their precision;
        integers give float32.

    Raises:
        TypeError: on other integers.
        ValueError: if the last axis does not hold 3 channels.

    Source: CIE 15:2004 and IEC 61966-2-1, with D65 and the 2 degree observer.
    """
    rgb = _as_float(rgb)
    linear = [linear_from_srgb(c) for c in _channels(rgb, 3)]
    return _lab_from_linear(linear, namespace_of(rgb))


def _lab_from_linear(linear: list[Any], xp: Any) -> Any:
    x, y, z = (_f(c) for c in _mix(XYZ_FROM_RGB / WHITE[:, None], linear))
    return xp.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def rgb_to_lightness(rgb: Any) -> Any:
    """L* of sRGB colors, `(..., 3)` as in `rgb_to_lab` to `(..., 1)` in [0, 100]."""
    rgb = _as_float(rgb)
    linear = [linear_from_srgb(c) for c in _channels(rgb, 3)]
    (y,) = _mix(XYZ_FROM_RGB[1:2], linear)
    return (116.0 * _f(y) - 16.0)[..., None]


def _linear_from_lab(lightness: Any, a: Any, b: Any, white: np.ndarray = WHITE) -> list[Any]:
    y = (lightness + 16.0) / 116.0
    xyz = [_f_inverse(y + a / 500.0), _f_inverse(y), _f_inverse(y - b / 200.0)]
    return _mix(RGB_FROM_XYZ * white, xyz)


def lab_to_rgb(lab: Any) -> Any:
    """SRGB colors of CIE LAB, clipped to [0, 1].

    Args:
        lab: `(..., 3)` floats: L in [0, 100], a and b in about [-128, 127].

    Returns:
        `(..., 3)` floats in [0, 1] of the same precision. Colors outside of sRGB are clipped
        channel by channel, which changes their lightness: `merge_lab` does not.

    Raises:
        ValueError: if the last axis does not hold 3 channels.
    """
    lab = _as_float(lab)
    return _encode_rgb(_linear_from_lab(*_channels(lab, 3)), namespace_of(lab))


def _encode_rgb(linear: list[Any], xp: Any) -> Any:
    return srgb_from_linear(xp.minimum(xp.maximum(xp.stack(linear, axis=-1), 0.0), 1.0))


def fit_gamut(lightness: Any, ab: Any, steps: int = 12) -> Any:
    """The ab nearest to `ab` at the same lightness and hue that sRGB can show.

    Args:
        lightness: `(..., 1)` L in [0, 100].
        ab: `(..., 2)`.
        steps: bisections of the chroma; 12 leave 1/4096 of it.

    Returns:
        `(..., 2)`: `ab` itself where it lies inside, else scaled toward gray.
    """
    xp = namespace_of(ab)
    level, a, b = lightness[..., 0], ab[..., 0], ab[..., 1]
    fits = _in_gamut(level, a, b)
    if xp is np:
        # Most pixels fit as they are: the bisection, nearly all of the cost, is for the others.
        outside = ~fits
        level = np.broadcast_to(level, outside.shape)
        scale = np.ones(outside.shape, ab.dtype)
        far_a, far_b = ab[outside].T
        scale[outside] = _bisect_chroma(level[outside], far_a, far_b, steps)
    else:
        scale = xp.where(fits, xp.ones_like(a), _bisect_chroma(level, a, b, steps))
    return ab * scale[..., None]


def _in_gamut(level: Any, a: Any, b: Any) -> Any:
    xp = namespace_of(a)
    red, green, blue = _linear_from_lab(level, a, b, NEUTRAL)
    lowest = xp.minimum(xp.minimum(red, green), blue)
    highest = xp.maximum(xp.maximum(red, green), blue)
    # Rounding must not count as leaving the gamut: neither float32's nor that of the white point.
    slack = 2e-5
    return (lowest >= -slack) & (highest <= 1.0 + slack)


def _bisect_chroma(level: Any, a: Any, b: Any, steps: int) -> Any:
    """A scale of a and b in [0, 1] at which they touch the gamut, to within 2^-steps."""
    xp = namespace_of(a)
    low, high = xp.zeros_like(a), xp.ones_like(a)
    for _ in range(steps):
        middle = (low + high) / 2.0
        fits = _in_gamut(level, a * middle, b * middle)
        low, high = xp.where(fits, middle, low), xp.where(fits, high, middle)
    return low


def merge_lab(lightness: Any, ab: Any) -> Any:
    """SRGB colors that have exactly this lightness and, as far as sRGB allows, this color.

    Args:
        lightness: `(..., 1)` L in [0, 100].
        ab: `(..., 2)`; where L and ab together leave sRGB, chroma shrinks at constant L and hue.

    Returns:
        `(..., 3)` floats in [0, 1].
    """
    ab = fit_gamut(lightness, ab)
    linear = _linear_from_lab(lightness[..., 0], ab[..., 0], ab[..., 1], NEUTRAL)
    return _encode_rgb(linear, namespace_of(ab))


def scale_lightness(lightness: Any) -> Any:
    """L in [0, 100] to [-1, 1], what networks see."""
    return lightness / (L_MAX / 2) - 1.0


def unscale_lightness(scaled: Any) -> Any:
    """L in [0, 100] of a scaled L in [-1, 1]."""
    return (scaled + 1.0) * (L_MAX / 2)


def scale_ab(ab: Any) -> Any:
    """Ab in about [-128, 127] to [-1, 1], what networks predict."""
    return ab / AB_MAX


def unscale_ab(scaled: Any) -> Any:
    """Ab of a scaled ab in [-1, 1]."""
    return scaled * AB_MAX


def encode_lab8(lab: Any) -> np.ndarray:
    """The 8-bit coding of LAB that OpenCV uses: L*255/100, a+128, b+128, rounded (NumPy only)."""
    coded = np.asarray(lab) * np.array([255.0 / L_MAX, 1.0, 1.0], "float32")
    coded += np.array([0.5, 128.5, 128.5], "float32")
    return np.clip(coded, 0, 255).astype(np.uint8)


# Tables and matrices make `rgb8_to_lab8` fast. The last column is added.
_LINEAR_OF_CODE = linear_from_srgb(np.arange(256) / 255.0).astype("float32")
_XYZ_STEPS = np.hstack([XYZ_FROM_RGB / WHITE[:, None] * STEPS, np.full((3, 1), ZERO)])
# A half more, as the fraction is cut off.
_LAB8_FROM_F = np.array(
    [
        [0, 116 * 255 / L_MAX, 0, 0.5 - 16 * 255 / L_MAX],
        [500, -500, 0, 0.5 + AB_MAX],
        [0, 200, -200, 0.5 + AB_MAX],
    ]
)


@functools.cache
def f_of_light() -> LightCurve:
    """The cube root that CIELAB is made of, of linear light."""
    light = light_of_steps()
    return LightCurve(np.where(light > EPSILON, np.cbrt(light), SLOPE * light + 16 / 116))


def rgb8_to_lab8(rgb: np.ndarray) -> np.ndarray:
    """`encode_lab8(rgb_to_lab(rgb))` of a uint8 picture `(h, w, 3)`, in a tenth of the time."""
    steps = cv2.transform(cv2.LUT(rgb, _LINEAR_OF_CODE), _XYZ_STEPS)
    return cv2.transform(f_of_light()(steps), _LAB8_FROM_F).astype(np.uint8)


def scale_lightness8(centered: Any) -> Any:
    """Scaled L in [-1, 1] of the 8-bit coding of L less 128: floats in [-128, 127].

    The 8-bit coding of a and b less 128 is a and b themselves: `scale_ab` scales it.
    """
    return centered * (2.0 / 255.0) + 1.0 / 255.0
