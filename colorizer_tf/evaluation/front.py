"""The front of a model: error against colorfulness over strengths and temperatures.

A factor on the predicted chroma trades error for color, so two models are compared fairly only
where they give equally colorful pictures.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from colorizer_tf.evaluation import bootstrap
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.frechet import Moments, ab_features, frechet_distance
from colorizer_tf.evaluation.options import EvaluationOptions

# Colorfulness over the truth's at which models are compared.
LEVELS = (0.5, 0.65, 0.75)
# What is measured of a photo at each setting; `measures.compare_briefly` gives them.
POINT_COLUMNS = ("delta_e", "psnr", "colorfulness")


@dataclass(frozen=True)
class Setting:
    """How a prediction becomes a picture.

    Attributes:
        strength: factor of a* and b*.
        temperature: of the distribution over color classes; None for the model's own.
    """

    strength: float = 1.0
    temperature: float | None = None


@dataclass(frozen=True)
class Sweep:
    """The settings at which every model is scored.

    Attributes:
        strengths: factors of a* and b*.
        temperatures: of models that predict a distribution, instead of their own.
    """

    strengths: tuple[float, ...] = (1.0,)
    temperatures: tuple[float, ...] = ()

    @classmethod
    def of(cls, options: EvaluationOptions) -> "Sweep | None":
        """The sweep that options ask for, if any."""
        if not (options.strengths or options.temperatures):
            return None
        return cls(options.strengths or (1.0,), options.temperatures)

    def settings(self, *, distribution: bool) -> list[Setting]:
        """Every strength at every temperature; of a model without a distribution at its own."""
        temperatures = self.temperatures if distribution and self.temperatures else (None,)
        return [Setting(strength, t) for t in temperatures for strength in self.strengths]


@dataclass(frozen=True)
class Reference:
    """Scores of the photos that every entry has a picture of, n in all.

    Attributes:
        gray_delta_e, gray_psnr: `(n,)`, of plain gray.
        true_colorfulness: `(n,)`.
        true_cells: `(n, AB_CELLS ** 2)`, shares of the ab plane.
    """

    gray_delta_e: np.ndarray
    gray_psnr: np.ndarray
    true_colorfulness: np.ndarray
    true_cells: np.ndarray


@dataclass(frozen=True)
class Samples:
    """Scores of one model on those photos, at k settings.

    Attributes:
        settings: the k settings.
        values: `(n, k, 3)`, POINT_COLUMNS.
        cells: `(n, k, AB_CELLS ** 2)`.
    """

    settings: Sequence[Setting]
    values: np.ndarray
    cells: np.ndarray


@dataclass(frozen=True)
class Point:
    """A model at one setting; `figures` by the measure's name."""

    setting: Setting
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Level:
    """A model where its pictures have a given colorfulness, along the strengths of a temperature.

    Attributes:
        colorfulness: over the truth's.
        setting: temperature, and the strength that gives that colorfulness.
        figures: by the measure's name; undefined where the strengths do not reach so far.
        lowest: whether no other temperature has a lower CIEDE2000 there.
    """

    colorfulness: float
    setting: Setting
    figures: dict[str, Figure]
    lowest: bool


@dataclass(frozen=True)
class Front:
    """All of a model's points, and what lies between them at each of LEVELS."""

    name: str
    points: list[Point]
    levels: list[Level]


@dataclass(frozen=True)
class LevelPair:
    """CIEDE2000 over gray's of model `one` less that of `two`, at equal colorfulness."""

    one: str
    two: str
    colorfulness: float
    difference: Figure


@dataclass(frozen=True)
class _Curves:
    """Values over resamples, row 0 of the photos themselves: `(1 + resamples, k)` each."""

    settings: Sequence[Setting]
    measures: dict[str, np.ndarray]

    def temperatures(self) -> list[float | None]:
        return list(dict.fromkeys(setting.temperature for setting in self.settings))

    def at(self, temperature: float | None, level: float) -> dict[str, np.ndarray]:
        """Each measure, and "strength", where this temperature's curve reaches the level."""
        chosen = [i for i, s in enumerate(self.settings) if s.temperature == temperature]
        chosen.sort(key=lambda index: self.settings[index].strength)
        strengths = np.array([[self.settings[index].strength for index in chosen]])
        curves = {name: values[:, chosen] for name, values in self.measures.items()}
        colorfulness = curves.pop("colorfulness_ratio")
        curves["strength"] = np.broadcast_to(strengths, colorfulness.shape)
        return {
            name: _crossing(colorfulness[: len(values)], values, level)
            for name, values in curves.items()
        }


def _crossing(colorfulness: np.ndarray, values: np.ndarray, level: float) -> np.ndarray:
    """For each row the value at the level, linear in between, NaN beyond the ends."""
    found = np.full(len(values), np.nan)
    for row, (x, y) in enumerate(zip(colorfulness, values, strict=True)):
        order = np.argsort(x)
        found[row] = np.interp(level, x[order], y[order], left=np.nan, right=np.nan)
    return found


def fronts(
    photos: Reference, models: dict[str, Samples], resamples: int, seed: int
) -> tuple[list[Front], list[LevelPair]]:
    """The front of each model, and each two models compared at each of LEVELS.

    Args:
        photos: scores of gray and of the truth.
        models: scores of the models by name.
        resamples: bootstrap resamples behind each interval.
        seed: of their draws.
    """
    curves = {name: _curves(photos, samples, resamples, seed) for name, samples in models.items()}
    found = [_front(name, each) for name, each in curves.items()]
    pairs = []
    for (one, two), level in itertools.product(itertools.combinations(found, 2), LEVELS):
        values = [_lowest(curves[front.name], front, level) for front in (one, two)]
        difference = bootstrap.figure(values[0] - values[1])
        pairs.append(LevelPair(one.name, two.name, level, difference))
    return found, pairs


def _curves(photos: Reference, samples: Samples, resamples: int, seed: int) -> _Curves:
    delta_e, psnr, colorfulness = np.moveaxis(samples.values, -1, 0)
    better = (delta_e < photos.gray_delta_e[:, None]).astype(float)
    own = np.stack([photos.gray_delta_e, photos.gray_psnr, photos.true_colorfulness], axis=1)
    columns = np.concatenate([own, delta_e, psnr, colorfulness, better], axis=1)
    means = bootstrap.means(columns, resamples, seed)
    gray_delta_e, gray_psnr, truth = means[:, :1], means[:, 1:2], means[:, 2:3]
    delta_e, psnr, colorfulness, better = np.split(means[:, 3:], 4, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        measures = {
            "delta_e_over_gray": delta_e / gray_delta_e,
            "psnr_over_gray": psnr - gray_psnr,
            "colorfulness_ratio": colorfulness / truth,
            "better_than_gray": better,
            "frechet_ab": _frechet_ab(photos, samples),
        }
    return _Curves(samples.settings, measures)


def _frechet_ab(photos: Reference, samples: Samples) -> np.ndarray:
    """`(1, k)`: of the photos themselves only, as a resample takes a matrix root a point."""
    if len(photos.true_cells) < 2:
        return np.full((1, len(samples.settings)), np.nan)
    truth = Moments.of(ab_features(photos.true_cells))
    distances = [
        frechet_distance(truth, Moments.of(ab_features(samples.cells[:, index])))
        for index in range(len(samples.settings))
    ]
    return 100 * np.array([distances])


def _front(name: str, curves: _Curves) -> Front:
    points = [
        Point(setting, {key: bootstrap.figure(v[:, i]) for key, v in curves.measures.items()})
        for i, setting in enumerate(curves.settings)
    ]
    levels = [level for at in LEVELS for level in _levels(curves, at)]
    return Front(name, points, levels)


def _levels(curves: _Curves, colorfulness: float) -> list[Level]:
    """Each temperature at this colorfulness."""
    found = {t: curves.at(t, colorfulness) for t in curves.temperatures()}
    errors = {t: values["delta_e_over_gray"][0] for t, values in found.items()}
    least = min((error for error in errors.values() if np.isfinite(error)), default=None)
    levels = []
    for temperature, values in found.items():
        strength = float(values.pop("strength")[0])
        figures = {key: bootstrap.figure(value) for key, value in values.items()}
        setting = Setting(strength, temperature)
        lowest = bool(errors[temperature] == least)
        levels.append(Level(colorfulness, setting, figures, lowest))
    return levels


def _lowest(curves: _Curves, front: Front, colorfulness: float) -> np.ndarray:
    """CIEDE2000 over gray's at the best temperature of this colorfulness, over the resamples."""
    for level in front.levels:
        if level.colorfulness == colorfulness and level.lowest:
            return curves.at(level.setting.temperature, colorfulness)["delta_e_over_gray"]
    return np.full(len(curves.measures["colorfulness_ratio"]), np.nan)
