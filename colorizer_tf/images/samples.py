"""Samples of decoders as the 8 or 16 bits that photos have."""

import numpy as np

from colorizer_tf.base.errors import ImageError

_STRIP_PIXELS = 2**22


def scaled_samples(samples: np.ndarray, bits: int) -> np.ndarray:
    """Samples of any depth as uint8 (1 to 8 bits) or uint16 (9 to 16 bits, floats in [0, 1]).

    Black stays black and white becomes white. May write to `samples`.

    Args:
        samples: unsigned integers, bool or floats.
        bits: of an integer sample in the file.

    Raises:
        ImageError: if they are signed, have more than 16 bits, or are floats outside of [0, 1].
    """
    if samples.dtype.kind == "f":
        return _scaled_floats(samples)
    if samples.dtype.kind not in "biu" or bits > 16:
        raise ImageError("pixels of more than 16 bits")
    if samples.dtype.kind == "i":
        raise ImageError("signed pixels: convert the file to unsigned ones first")
    if bits <= 8:
        codes = samples.astype(np.uint8, copy=False)
        return codes if bits == 8 else _spread_table(bits)[codes]
    native = samples.astype(np.uint16, copy=False)
    return spread_bits(native if native.flags.writeable else native.copy(), bits)


def spread_bits(samples: np.ndarray, bits: int) -> np.ndarray:
    """Codes of 9 to 16 bits as codes of 16, in place: black stays black, white becomes white."""
    if bits < 16:
        low = samples >> (2 * bits - 16)
        samples <<= 16 - bits
        samples |= low
    return samples


def split_alpha(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Colors and alpha of samples with one to four channels: gray or RGB, alpha last."""
    channels = samples.shape[2] if samples.ndim == 3 else 1
    if channels in (1, 3):
        return samples if channels == 3 else samples.reshape(samples.shape[:2]), None
    alpha = np.ascontiguousarray(samples[..., -1])
    return np.ascontiguousarray(samples[..., 0] if channels == 2 else samples[..., :3]), alpha


def unmultiplied(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colors that alpha was multiplied into, without it, in place."""
    full = np.uint32(np.iinfo(colors.dtype).max)
    for row, share in enumerate(alpha):
        part = np.maximum(share, 1).astype(np.uint32).reshape(-1, *[1] * (colors.ndim - 2))
        colors[row] = np.minimum((colors[row] * full + part // 2) // part, full)
    return colors


def in_8_bits(samples: np.ndarray) -> np.ndarray:
    """The nearest codes of 8 bits."""
    if samples.dtype == np.uint8:
        return samples
    import cv2

    return cv2.convertScaleAbs(samples, alpha=1 / 257)


def over_white(colors: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Gray or RGB of 8 bits as it looks on white paper.

    Args:
        colors: `(h, w)` or `(h, w, 3)` uint8.
        alpha: `(h, w)` uint8 or None.
    """
    if alpha is None:
        return colors
    result = np.empty_like(colors)
    step = max(_STRIP_PIXELS // colors.shape[1], 1)
    for top in range(0, len(colors), step):
        share = alpha[top : top + step].astype(np.uint16)
        share = share.reshape(*share.shape, *[1] * (colors.ndim - 2))
        laid = colors[top : top + step] * share + 255 * (255 - share) + 127
        result[top : top + step] = laid // 255
    return result


def _scaled_floats(samples: np.ndarray) -> np.ndarray:
    # Written so that NaN fails it too.
    if not (samples.min() >= 0 and samples.max() <= 1):
        raise ImageError("floating-point pixels outside of 0 to 1")
    scaled = np.empty(samples.shape, np.uint16)
    for row, values in enumerate(samples):
        scaled[row] = np.rint(values.astype(np.float64) * 65535)
    return scaled


def _spread_table(bits: int) -> np.ndarray:
    highest = 2**bits - 1
    codes = np.minimum(np.arange(256), highest)
    return ((codes * 255 + highest // 2) // highest).astype(np.uint8)
