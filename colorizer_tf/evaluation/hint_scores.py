"""How much hints help: true colors at seeded random points, against their number.

The protocol is in `docs/evaluation.md`.
"""

import dataclasses
import zlib
from dataclasses import dataclass

import numpy as np

from colorizer_tf import color
from colorizer_tf.color.difference import ciede2000_same_lightness
from colorizer_tf.evaluation import bootstrap, levin, measures
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.protocol import Photo
from colorizer_tf.inference import model_json
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.hints.points import Point
from colorizer_tf.inference.hints.spread import HintField
from colorizer_tf.inference.prediction import Prediction

# What is measured of a photo at each number of hints: of this package; the mean and the share over
# 2 of the differences at the hints' own pixels; of Levin alone, and of Levin on the differences.
COLUMNS = ("delta_e", "psnr", "own_delta_e", "own_over_2", "levin", "levin_on_model")
_OWN_LIMIT = 2.0


@dataclass(frozen=True)
class HintCurve:
    """A model's scores against the number of hints.

    Attributes:
        name: of the model.
        counts: numbers of hints.
        figures: for each of them, by COLUMNS.
    """

    name: str
    counts: tuple[int, ...]
    figures: list[dict[str, Figure]]


def hint_scores(
    colorizer: Colorizer, photo: Photo, counts: tuple[int, ...], seed: int
) -> np.ndarray:
    """`(len(counts), len(COLUMNS))` of one photo; NaN where a column has no meaning.

    Args:
        colorizer: the model.
        photo: the photo.
        counts: numbers of hints; fewer points are the first of more.
        seed: of the points, with the photo's name.
    """
    height, width = photo.truth.shape[:2]
    truth = color.rgb_to_lab(photo.truth)
    lightness = color.rgb_to_lightness(photo.gray)[..., 0]
    generator = np.random.default_rng([seed, zlib.crc32(photo.name.encode("utf-8", "replace"))])
    most = min(max(counts), height * width)
    at = generator.permutation(height * width)[:most]
    at = np.stack([at // width, at % width], axis=-1)
    prediction = colorizer.predict(photo.gray)
    field = HintField(prediction, model_json.hint_kernel(colorizer.info))
    rows = []
    for count in counts:
        chosen = at[:count]
        points = [
            Point((float(y), float(x)), float(lightness[y, x]), truth[y, x, 1:]) for y, x in chosen
        ]
        hinted = field.hinted(points, (height, width))
        rows.append([*_own_scores(photo, truth, hinted, chosen), *_levin(photo, field, chosen)])
    return np.array(rows)


def _own_scores(
    photo: Photo, truth: np.ndarray, hinted: Prediction, at: np.ndarray
) -> tuple[float, ...]:
    picture = Colorizer.merge(photo.gray, hinted)
    values = measures.compare_briefly(photo.truth, picture).values
    if not len(at):
        return values["delta_e"], values["psnr"], np.nan, np.nan
    rows, columns = at.T
    found = color.rgb_to_lab(picture[rows, columns])
    # What was asked, where the lightness has such a color.
    gray = color.rgb_to_lightness(photo.gray[rows, columns])
    asked = color.fit_gamut(gray, truth[rows, columns, 1:])
    own = ciede2000_same_lightness(found[:, 1:], asked)
    return values["delta_e"], values["psnr"], float(own.mean()), float((own > _OWN_LIMIT).mean())


def _levin(photo: Photo, field: HintField, at: np.ndarray) -> tuple[float, float]:
    """CIEDE2000 of Levin's method on the same points: from gray, and on what the model predicts."""
    if not len(at):
        return np.nan, np.nan
    plain = field.sharp
    sides, (height, width) = plain.lightness.shape, photo.truth.shape[:2]
    scale = np.array(sides) / (height, width)
    places = np.clip(((at + 0.5) * scale).astype(int), 0, np.array(sides) - 1)
    truth = color.rgb_to_lab(photo.truth[at[:, 0], at[:, 1]])[:, 1:]
    own = plain.ab[places[:, 0], places[:, 1]]
    spread = levin.spread(plain.lightness, places, np.concatenate([truth, truth - own], axis=1))
    found = []
    for ab in (spread[..., :2], plain.ab + spread[..., 2:]):
        picture = Colorizer.merge(photo.gray, dataclasses.replace(plain, ab=ab))
        found.append(measures.compare_briefly(photo.truth, picture).values["delta_e"])
    return found[0], found[1]


def curve(
    name: str, counts: tuple[int, ...], values: np.ndarray, resamples: int, seed: int
) -> HintCurve:
    """Means over photos with intervals, of `(photos, counts, COLUMNS)`."""
    flat = values.reshape(len(values), -1)
    means = bootstrap.means(flat, resamples, seed).reshape(-1, *values.shape[1:])
    figures = [
        {key: bootstrap.figure(means[:, row, column]) for column, key in enumerate(COLUMNS)}
        for row in range(len(counts))
    ]
    return HintCurve(name, counts, figures)
