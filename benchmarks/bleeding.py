"""How far color bleeds over edges: guided enlargement of ab against bilinear.

Photos with known color, bundled with scikit-image: their true ab is brought to what a network
gives at best at each size (half of it, enlarged with a 3x3 mean), then enlarged onto the full-size
L* both ways. Figures are mean CIEDE2000 to the truth, over all pixels and over the tenth with the
steepest ab, and the guided one's share of the other.
"""

from typing import Any

import cv2
import numpy as np
import skimage.color
import skimage.data
from frame import benchmark

from colorizer_tf.color.merge import merge_photo, small_lightness
from colorizer_tf.inference.scales import network_sides

PHOTOS = ("astronaut", "coffee", "chelsea", "rocket")
AB_STRIDE = 2


def measure(sizes: tuple[int, ...] = (64, 128, 256)) -> dict[str, Any]:
    """The figures of each size, means over the photos."""
    found: dict[str, Any] = {}
    for size in sizes:
        errors = np.mean(
            [errors_of(getattr(skimage.data, name)(), size) for name in PHOTOS], axis=0
        )
        bilinear, guided = errors
        found[f"{size}_px"] = {
            "bilinear": bilinear[0],
            "guided": guided[0],
            "bilinear_at_edges": bilinear[1],
            "guided_at_edges": guided[1],
            "ratio": guided[0] / bilinear[0],
            "ratio_at_edges": guided[1] / bilinear[1],
        }
    return found


def errors_of(photo: np.ndarray, size: int) -> list[tuple[float, float]]:
    """Of one photo: (everywhere, at edges) for bilinear and for guided enlargement."""
    lab = skimage.color.rgb2lab(photo).astype(np.float32)
    height, width = (2 * max(side // 2, 1) for side in network_sides(*photo.shape[:2], size))
    half = cv2.resize(lab[..., 1:], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    ab = cv2.blur(half.repeat(2, axis=0).repeat(2, axis=1), (3, 3))
    plain = cv2.resize(ab, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    small = small_lightness(photo, height, width)
    pictures = [
        np.concatenate([lab[..., :1], plain], axis=-1),
        skimage.color.rgb2lab(merge_photo(photo, small, ab, ab_stride=AB_STRIDE)),
    ]
    steep = steepness(lab[..., 1:])
    edges = steep > np.quantile(steep, 0.9)
    errors = [skimage.color.deltaE_ciede2000(lab, picture) for picture in pictures]
    return [(error.mean(), error[edges].mean()) for error in errors]


def steepness(ab: np.ndarray) -> np.ndarray:
    """The size of ab's gradient at each pixel."""
    sides = [cv2.Sobel(ab, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]
    return np.sqrt(sum(np.square(side).sum(axis=-1) for side in sides))


if __name__ == "__main__":
    benchmark(measure)
