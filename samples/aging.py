"""Photos made to look like old prints: for the pictures in the docs, and to measure restoration."""

import cv2
import numpy as np

from colorizer_tf.color.merge import gray_of

FAULTS = ("sepia", "faded", "border", "grain", "dust")
_PAPER = np.array([238, 226, 200], np.float32)
_INK = np.array([52, 34, 22], np.float32)


def aged(rgb: np.ndarray, faults: tuple[str, ...] = FAULTS, seed: int = 0) -> np.ndarray:
    """A photo as an old print, `(h, w, 3)` uint8; with a border it is larger than the photo.

    Args:
        rgb: `(h, w, 3)` uint8.
        faults: which of `FAULTS`.
        seed: of all that is drawn by chance.
    """
    rng = np.random.default_rng(seed)
    gray = gray_of(rgb)[..., 0].astype(np.float32)
    if "faded" in faults:
        # Blacks to gray, whites to paper: as prints fade in the light.
        low, high = rng.uniform(45, 80), rng.uniform(185, 215)
        gray = low + gray * (high - low) / 255
    if "grain" in faults:
        gray += rng.normal(0, rng.uniform(6, 10), gray.shape).astype(np.float32)
    if "dust" in faults:
        gray = _dusty(gray, rng)
    if "border" in faults:
        edge = border_of(gray.shape)
        gray = cv2.copyMakeBorder(gray, *[edge] * 4, cv2.BORDER_CONSTANT, value=236.0)
        gray += rng.normal(0, 1.5, gray.shape).astype(np.float32)
    share = np.clip(gray / 255, 0, 1)[..., None]
    toned = _INK + share * (_PAPER - _INK) if "sepia" in faults else 255 * share.repeat(3, axis=2)
    return np.rint(np.clip(toned, 0, 255)).astype(np.uint8)


def border_of(shape: tuple[int, ...]) -> int:
    """The width of the border that `aged` puts around a photo, in pixels."""
    return max(6, round(0.06 * min(shape[:2])))


def _dusty(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = gray.shape
    marks = np.zeros(gray.shape, np.float32)
    scale = min(height, width) / 300
    for _ in range(rng.integers(25, 45)):
        at = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(marks, at, max(1, round(scale * rng.uniform(0.6, 1.8))), 1.0, -1, cv2.LINE_AA)
    for _ in range(rng.integers(2, 5)):
        x, lean = rng.uniform(0, width), rng.uniform(-0.04, 0.04) * width
        top, bottom = sorted(rng.uniform(0, height, 2))
        bottom = max(bottom, top + 0.4 * height)
        ends = (round(x), round(top)), (round(x + lean), round(bottom))
        cv2.line(marks, *ends, 1.0, max(1, round(scale)), cv2.LINE_AA)
    return gray + marks * (250 - gray)
