"""Colored photos as the planes of a JPEG file, without their RGB in between."""

import numpy as np

from colorizer_tf import images
from colorizer_tf.color.merge import gray_codes
from colorizer_tf.color.merge.planes import JPEG, merge_planes
from colorizer_tf.inference.prediction import Prediction

# Pixels a side to one of the prediction's, from which on halved chroma shows all of it.
_FINER = 2


def planes_fit(pixels: np.ndarray, prediction: Prediction) -> bool:
    """Whether halved chroma (4:2:0) holds the predicted color of a photo.

    Args:
        pixels: of the photo, as `Photo.pixels`.
        prediction: for it.
    """
    coarse = prediction.lightness.shape
    # simplejpeg 1.9 reads beyond the last row of planes of an odd height.
    if pixels.shape[0] % 2:
        return False
    finer = all(side >= _FINER * few for side, few in zip(pixels.shape[:2], coarse, strict=True))
    return pixels.dtype == np.uint8 and finer


def merge_jpeg(
    pixels: np.ndarray, prediction: Prediction, strength: float, *, in_place: bool
) -> images.Planes:
    """The photo on its own L* with the predicted color, as `Colorizer.merge`.

    Args:
        pixels: uint8, of which `planes_fit`.
        prediction: for it.
        strength: factor of its a* and b*.
        in_place: whether the pixels of a gray photo may be written over.
    """
    gray = pixels if pixels.ndim == 2 else gray_codes(pixels)
    over = pixels.ndim == 3 or (in_place and pixels.flags.writeable and pixels.flags.c_contiguous)
    luma = gray if over else np.empty_like(gray)
    high, wide = ((side + 1) // 2 for side in gray.shape)
    blue, red = np.empty((2, high, wide), np.uint8)
    merge_planes(
        gray,
        JPEG,
        prediction.lightness,
        prediction.ab * np.float32(strength),
        (luma, blue, red),
        ab_stride=prediction.ab_stride,
    )
    return images.Planes(luma, blue, red)
