"""Small copies of pictures, as they are embedded in pages."""

import base64

import cv2
import numpy as np

_QUALITY = 80


def thumbnail(rgb: np.ndarray, side: int) -> np.ndarray:
    """A copy of an `(h, w, 3)` uint8 picture with no side over `side` pixels; never enlarged."""
    height, width = rgb.shape[:2]
    factor = min(1.0, side / max(height, width))
    sides = max(1, round(width * factor)), max(1, round(height * factor))
    return rgb if factor == 1 else cv2.resize(rgb, sides, interpolation=cv2.INTER_AREA)


def data_uri(rgb: np.ndarray) -> str:
    """A picture as a `data:` URI of a WebP file."""
    done, data = cv2.imencode(".webp", rgb[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    if not done:
        raise ValueError(f"OpenCV cannot encode a picture of shape {rgb.shape}")
    return "data:image/webp;base64," + base64.b64encode(data.tobytes()).decode()
