"""Scores of a picture, by itself and against the photo, from strips of bounded memory."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.color import scores
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.evaluation.frechet import AB_CELLS, ab_cells
from colorizer_tf.evaluation.protocol import strips

_MIN_CHROMA = 1.0

# Wang et al. 2004: an 11 x 11 Gaussian window of 1.5 pixels, K1 = 0.01, K2 = 0.03.
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True)
class Scores:
    """Scores of one picture.

    Attributes:
        values: by the measure's name.
        cells: share of the pixels in each cell of the ab plane, `(AB_CELLS ** 2,)`, sums to 1.
    """

    values: dict[str, float]
    cells: np.ndarray


def appearance(rgb: np.ndarray) -> Scores:
    """Scores of an `(h, w, 3)` uint8 picture by itself.

    Returns:
        "colorfulness", Hasler and Süsstrunk's M3 (2003) of signed opponents;
        "colorfulness_absolute", the variant with absolute opponents that many implementations
        have; "chroma", "mean_a" and "mean_b".
    """
    sums = _Appearance()
    for rows in strips(*rgb.shape[:2]):
        sums.add(rgb[rows], color.rgb_to_lab(rgb[rows]))
    return sums.scores()


def compare(truth: np.ndarray, picture: np.ndarray) -> Scores:
    """All scores of a picture of the photo, both `(h, w, 3)` uint8 sRGB of one size.

    Returns:
        What `appearance` gives of the picture, and: "delta_e" and "delta_e_p90", mean and 90th
        percentile of CIEDE2000; "psnr" of sRGB and "psnr_ab" of a* and b*, in dB, peak 255, at most
        100; "ssim"; "chroma_error", mean difference of C*; "hue_error", mean angle in degrees, each
        pixel weighted by the geometric mean of both chromas, pixels with a chroma under 1 left out,
        NaN where none remains; "lightness_drift", mean difference of L*.
    """
    look, sums, delta_e = _Appearance(), np.zeros(6), np.empty(truth.shape[:2], np.float32)
    for rows in strips(*truth.shape[:2]):
        lab_1, lab_2 = color.rgb_to_lab(truth[rows]), color.rgb_to_lab(picture[rows])
        look.add(picture[rows], lab_2)
        delta_e[rows] = ciede2000(lab_1, lab_2)
        sums += [_square_error(truth[rows], picture[rows]), *_lab_sums(lab_1, lab_2)]
    rgb_square, ab_square, drift, chroma, angle, weight = (float(value) for value in sums)
    found, pixels = look.scores(), delta_e.size
    values = {
        "delta_e": float(delta_e.mean(dtype=np.float64)),
        "delta_e_p90": float(np.quantile(delta_e, 0.9)),
        "psnr": float(scores.psnr(rgb_square / (3 * pixels), 255)),
        "psnr_ab": float(scores.psnr(ab_square / (2 * pixels), 255)),
        "ssim": ssim(truth, picture),
        "chroma_error": chroma / pixels,
        "hue_error": math.degrees(angle / weight) if weight else math.nan,
        "lightness_drift": drift / pixels,
    }
    return Scores(found.values | values, found.cells)


def compare_briefly(truth: np.ndarray, picture: np.ndarray) -> Scores:
    """The subset of `compare` for fronts, in half its time: `appearance`, "delta_e", "psnr"."""
    look, sums = _Appearance(), np.zeros(2)
    for rows in strips(*truth.shape[:2]):
        lab = color.rgb_to_lab(picture[rows])
        look.add(picture[rows], lab)
        delta_e = ciede2000(color.rgb_to_lab(truth[rows]), lab)
        sums += [delta_e.sum(dtype=np.float64), _square_error(truth[rows], picture[rows])]
    found, (delta_e_sum, square) = look.scores(), sums
    values = {
        "delta_e": 3 * float(delta_e_sum) / truth.size,
        "psnr": float(scores.psnr(square / truth.size, 255)),
    }
    return Scores(found.values | values, found.cells)


class _Appearance:
    """Accumulates the sums behind `appearance`."""

    def __init__(self) -> None:
        self.pixels, self.cells = 0, np.zeros(AB_CELLS**2, np.int64)
        self.opponents, self.lab = np.zeros(6), np.zeros(3)

    def add(self, rgb: np.ndarray, lab: np.ndarray) -> None:
        """Add rows of the picture."""
        ab = lab.reshape(-1, 3)[:, 1:]
        self.pixels += len(ab)
        self.opponents += _opponent_sums(rgb)
        self.lab += [np.hypot(*ab.T).sum(dtype=np.float64), *ab.sum(axis=0, dtype=np.float64)]
        self.cells += ab_cells(ab)

    def scores(self) -> Scores:
        """The scores of all rows added."""
        rg, yb, rg_abs, yb_abs, rg_square, yb_square = self.opponents / self.pixels
        chroma, mean_a, mean_b = self.lab / self.pixels
        values = {
            "colorfulness": _colorfulness(rg, yb, rg_square, yb_square),
            "colorfulness_absolute": _colorfulness(rg_abs, yb_abs, rg_square, yb_square),
            "chroma": float(chroma),
            "mean_a": float(mean_a),
            "mean_b": float(mean_b),
        }
        return Scores(values, self.cells / self.pixels)


def _opponent_sums(rgb: np.ndarray) -> list[float]:
    red, green, blue = (rgb[..., i].astype(np.int32) for i in range(3))
    rg, yb = red - green, red + green - 2 * blue  # twice `scores.opponents`' yb: it stays whole
    return [
        float(rg.sum()),
        float(yb.sum()) / 2,
        float(np.abs(rg).sum()),
        float(np.abs(yb).sum()) / 2,
        float((rg * rg).sum()),
        float((yb * yb).sum()) / 4,
    ]


def _colorfulness(rg: float, yb: float, rg_square: float, yb_square: float) -> float:
    return float(scores.colorfulness((rg, yb), (rg_square - rg * rg, yb_square - yb * yb)))


def _square_error(truth: np.ndarray, picture: np.ndarray) -> float:
    codes = truth.astype(np.int32) - picture
    return float((codes * codes).sum())


def _lab_sums(lab_1: np.ndarray, lab_2: np.ndarray) -> list[float]:
    l_1, a_1, b_1 = (np.ascontiguousarray(plane) for plane in np.moveaxis(lab_1, -1, 0))
    l_2, a_2, b_2 = (np.ascontiguousarray(plane) for plane in np.moveaxis(lab_2, -1, 0))
    c_1, c_2 = np.hypot(a_1, b_1), np.hypot(a_2, b_2)
    # The angle between two vectors from their cross and dot product: it needs no unwrapping.
    angle = np.abs(np.arctan2(a_1 * b_2 - b_1 * a_2, a_1 * a_2 + b_1 * b_2))
    # 8-bit gray has a chroma of some hundredths and a meaningless hue.
    weight = np.where(np.minimum(c_1, c_2) < _MIN_CHROMA, 0, np.sqrt(c_1 * c_2))
    each = (
        (a_1 - a_2) ** 2 + (b_1 - b_2) ** 2,
        np.abs(l_1 - l_2),
        np.abs(c_1 - c_2),
        weight * angle,
        weight,
    )
    return [float(values.sum(dtype=np.float64)) for values in each]


def ssim(truth: np.ndarray, picture: np.ndarray) -> float:
    """Structural similarity of two `(h, w, 3)` uint8 pictures, the mean over R, G and B.

    Only windows inside the picture count; NaN if a side is under 11 pixels.

    Source: Wang, Bovik, Sheikh and Simoncelli 2004.
    """
    height, width = truth.shape[:2]
    margin = _WINDOW // 2
    if min(height, width) < _WINDOW:
        return math.nan
    total = 0.0
    for rows in strips(height - 2 * margin, width):
        reach = slice(rows.start, rows.stop + 2 * margin)
        similar = _ssim_map(truth[reach], picture[reach])
        total += similar[margin:-margin, margin:-margin].sum(dtype=np.float64)
    return float(total / (3 * (height - 2 * margin) * (width - 2 * margin)))


def _ssim_map(truth: np.ndarray, picture: np.ndarray) -> np.ndarray:
    # Centered at 0, where float32 squares lose the least precision.
    one, two = truth.astype(np.float32) - 128, picture.astype(np.float32) - 128
    mean_1, mean_2 = _blurred(one), _blurred(two)
    square_1, square_2, product = mean_1 * mean_1, mean_2 * mean_2, mean_1 * mean_2
    spread = _blurred(one * one + two * two) - square_1 - square_2
    together = _blurred(one * two) - product
    mean_1 += 128
    mean_2 += 128
    lightness = (2 * mean_1 * mean_2 + _C1) / (mean_1 * mean_1 + mean_2 * mean_2 + _C1)
    return lightness * (2 * together + _C2) / (spread + _C2)


def _blurred(plane: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(plane, (_WINDOW, _WINDOW), _SIGMA)
