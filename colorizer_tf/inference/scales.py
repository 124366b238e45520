"""The scales at which a photo's color is predicted."""

import math
from typing import Any

import numpy as np

from colorizer_tf.color.merge import small_lightness
from colorizer_tf.inference.request import PredictionRequest


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which a photo's color is predicted.

    The aspect is kept and the area becomes `size` squared; no side is under 1, so none is over
    `size` squared, however long and thin the photo.
    """
    factor = size / math.sqrt(height * width)
    high, wide = (min(max(round(side * factor), 1), size * size) for side in (height, width))
    return high, wide


def lightness_at_scales(
    pixels: np.ndarray, request: PredictionRequest, info: dict[str, Any]
) -> list[np.ndarray]:
    """A photo's L* at the network's scale, and at the trained one where both count.

    Args:
        pixels: `(h, w)` gray or `(h, w, 3)` sRGB, uint8 or uint16.
        request: has the size, by default the model's.
        info: what `model.json` says of the model.

    Returns:
        `(h, w)` float32 arrays, 0 to 100.
    """
    sizes = [int(request.size or info["size"])]
    sizes += [info["trained_at"]] if request.blends(info) else []
    sides = [network_sides(pixels.shape[0], pixels.shape[1], size) for size in sizes]
    return [small_lightness(pixels, *each) for each in sides]
