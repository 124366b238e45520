"""Conversion of samples to sRGB by ICC profiles."""

import functools
import io

import cv2
import imagecodecs
import numpy as np
from PIL import ImageCms

# The largest real ones, of CMYK presses, have about 3 MB.
MAX_PROFILE_BYTES = 8 * 2**20

# Pixels converted at once; bounds the memory beyond the picture and the result.
_STRIP_PIXELS = 2**20

# Profiles that are called sRGB by those who made them differ from it by up to 1.3 codes of 8 bits.
_GRID_LEVELS = 16
_NO_CHANGE = 2 * 257

_CHANNELS = {"GRAY": "gray", "RGB ": "rgb", "CMYK": "cmyk"}


def to_srgb(samples: np.ndarray, profile: bytes) -> np.ndarray:
    """The samples as sRGB by their color profile: perceptual intent, as Pillow does it.

    A profile that is broken, of other channels, or sRGB's own changes nothing; then CMYK is taken
    for the complement of RGB.

    Args:
        samples: `(h, w)` gray, `(h, w, 3)` RGB or `(h, w, 4)` CMYK, uint8 or uint16; may be
            written to.
        profile: the ICC profile, or nothing.

    Returns:
        `(h, w)` for gray, else `(h, w, 3)`, of the same dtype.
    """
    channels = _channels_of(profile)
    if samples.ndim == 2:
        return _gray_to_srgb(samples, profile) if channels in ("gray", "rgb") else samples
    if channels == {3: "rgb", 4: "cmyk"}[samples.shape[-1]]:
        try:
            return _transformed(samples, profile, channels)
        except (imagecodecs.CmsError, ValueError):
            pass
    return samples if samples.shape[-1] == 3 else _complement(samples)


@functools.lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An sRGB profile (ICC 4.4, under a kilobyte); always the same bytes."""
    profile = bytearray(imagecodecs.cms_profile("srgb"))
    # Little CMS writes the current time (ICC.1:2022, 7.2.8); a fixed date keeps outputs equal.
    profile[24:36] = bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    return bytes(profile)


def lab_to_srgb(codes: np.ndarray) -> np.ndarray:
    """CIELAB (D50) as sRGB of the same depth.

    Args:
        codes: `(h, w, 3)` uint8 (L * 255/100, a + 128, b + 128) or uint16 (the same times 257).
    """
    return _transformed(codes, bytes(imagecodecs.cms_profile("lab2")), "lab")


@functools.lru_cache(maxsize=16)
def _channels_of(profile: bytes) -> str | None:
    """The channels that a usable profile describes; None too if its colors are sRGB's."""
    if not profile or len(profile) > MAX_PROFILE_BYTES:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
    except (ImageCms.PyCMSError, OSError):
        return None
    channels = _CHANNELS.get(opened.xcolor_space)
    return None if channels == "rgb" and _changes_nothing(profile) else channels


def _changes_nothing(profile: bytes) -> bool:
    """Whether sRGB is what the profile describes, by its curves and primaries.

    Its name tells nothing: linear ones are called "Linear sRGB" and the like.
    """
    levels = np.linspace(0, 65535, _GRID_LEVELS).astype(np.uint16)
    grid = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(_GRID_LEVELS, -1, 3)
    try:
        converted = _transformed(grid.copy(), profile, "rgb")
    except (imagecodecs.CmsError, ValueError):
        return True
    return int(np.abs(converted.astype(int) - grid).max()) <= _NO_CHANGE


def _gray_to_srgb(samples: np.ndarray, profile: bytes) -> np.ndarray:
    curve = _gray_curve(profile, samples.dtype.itemsize)
    if curve is None:
        return samples
    if samples.dtype == np.uint8:
        return cv2.LUT(samples, curve)
    # In strips, since `take` converts indices to 8 bytes first.
    step = max(_STRIP_PIXELS // samples.shape[1], 1)
    for top in range(0, len(samples), step):
        samples[top : top + step] = curve[samples[top : top + step]]
    return samples


@functools.lru_cache(maxsize=16)
def _gray_curve(profile: bytes, itemsize: int) -> np.ndarray | None:
    """For each gray code its sRGB code, or None if the profile cannot be applied."""
    codes = np.arange(256, dtype=np.uint16) * 257 if itemsize == 1 else np.arange(65536)
    gray = codes.astype(np.uint16).reshape(16, -1)
    channels = _channels_of(profile) or ""
    try:
        # Some programs embed an RGB profile in gray files; its neutral axis applies.
        rgb = _transformed(gray if channels == "gray" else np.dstack([gray] * 3), profile, channels)
    except (imagecodecs.CmsError, ValueError):
        return None
    curve = rgb.reshape(-1, 3).mean(axis=1)
    return np.rint(curve / 257).astype(np.uint8) if itemsize == 1 else np.rint(curve).astype("u2")


def _transformed(samples: np.ndarray, profile: bytes, channels: str) -> np.ndarray:
    height, width = samples.shape[:2]
    in_place = samples.shape[2:] == (3,)
    result = samples if in_place else np.empty((height, width, 3), samples.dtype)
    # At 16 bits the default, a cube of interpolated colors, is off by up to 5,000 codes.
    flags = imagecodecs.CMS.FLAGS.NOOPTIMIZE if samples.dtype == np.uint16 else None
    step = max(_STRIP_PIXELS // width, 1)
    for top in range(0, height, step):
        result[top : top + step] = imagecodecs.cms_transform(
            samples[top : top + step],
            profile,
            srgb_profile(),
            colorspace=channels,
            outcolorspace="rgb",
            flags=flags,
        )
    return result


def _complement(cmyk: np.ndarray) -> np.ndarray:
    """RGB of CMYK without a profile, as Pillow has it: `(1 - ink) * (1 - black)`."""
    height, width = cmyk.shape[:2]
    full = np.iinfo(cmyk.dtype).max
    rgb = np.empty((height, width, 3), cmyk.dtype)
    step = max(_STRIP_PIXELS // width, 1)
    for top in range(0, height, step):
        paper = full - cmyk[top : top + step].astype(np.uint32)
        rgb[top : top + step] = (paper[..., :3] * paper[..., 3:] + full // 2) // full
    return rgb
