"""From a row a photo to the figures of an entry: means, ratios, intervals, pairs."""

import itertools
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from colorizer_tf.color import scores
from colorizer_tf.evaluation import bootstrap
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.entries import GRAY, TRUTH
from colorizer_tf.evaluation.frechet import Moments, ab_features, frechet_distance

# Resamples of a Fréchet distance: each takes a matrix root, and the ends of an interval of a
# hundred or two are steady enough.
_FRECHET_RESAMPLES = 200
# Under so many photos or resamples an interval is too short or too coarse to rest a verdict on.
_LEAST_PHOTOS, _LEAST_RESAMPLES = 10, 100
# A photo's mean ab shorter than this has no hue to speak of.
_LEAST_CHROMA = 1.0


@dataclass(frozen=True)
class Measure:
    """A column of the report.

    Attributes:
        name: its key, the same string as in training logs where it means the same.
        label: for people.
        unit: of the figure, or "".
        better: "lower", "higher", "one" (a ratio), "zero" (a difference), or "" where neither.
        decimals: to print.
        text: what it is, a sentence.
    """

    name: str
    label: str
    unit: str
    better: str
    decimals: int
    text: str


MEASURES = (
    Measure("delta_e", "CIEDE2000", "", "lower", 2, "Mean color difference over the pixels."),
    Measure(
        "delta_e_p90", "CIEDE2000 p90", "", "lower", 2, "90th percentile over a photo's pixels."
    ),
    Measure(
        "delta_e_over_gray", "CIEDE2000 / gray's", "", "lower", 3,
        "The mean CIEDE2000 over that of plain gray.",
    ),
    Measure("psnr", "PSNR", "dB", "higher", 2, "Peak signal-to-noise ratio of sRGB codes."),
    Measure("psnr_over_gray", "PSNR - gray's", "dB", "higher", 2, "Less that of plain gray."),
    Measure("psnr_ab", "PSNR ab", "dB", "higher", 2, "The same of a* and b*, peak 255."),
    Measure("ssim", "SSIM", "", "higher", 4, "Structural similarity, mean of R, G and B."),
    Measure(
        "better_than_gray", "better than gray", "", "higher", 3,
        "Share of the photos whose CIEDE2000 is lower than that of plain gray.",
    ),
    Measure("chroma_error", "chroma error", "", "lower", 2, "Mean difference of chroma C*."),
    Measure(
        "hue_error", "hue error", "°", "lower", 1,
        "Mean hue angle between picture and photo, weighted by the chroma of both.",
    ),
    Measure("chroma", "chroma", "", "", 2, "Mean chroma C* of the pictures."),
    Measure(
        "colorfulness", "colorfulness", "", "", 2, "Hasler and Süsstrunk's, signed opponents."
    ),
    Measure("colorfulness_ratio", "colorfulness ratio", "", "one", 3, "Over the photos' own."),
    Measure(
        "colorfulness_difference", "colorfulness difference", "", "zero", 2,
        "Less the photos' own.",
    ),
    Measure(
        "colorfulness_absolute", "colorfulness (absolute)", "", "", 2,
        "The variant of absolute opponents that much code has.",
    ),
    Measure(
        "colorfulness_absolute_ratio", "colorfulness ratio (absolute)", "", "one", 3,
        "Over the photos' own.",
    ),
    Measure(
        "colorfulness_absolute_difference", "colorfulness difference (absolute)", "", "zero", 2,
        "Less the photos' own.",
    ),
    Measure(
        "hue_diversity", "hue diversity", "", "", 3,
        "1 if the photos' mean hues point everywhere, 0 if all lean to the same one.",
    ),
    Measure("hue_diversity_ratio", "hue diversity ratio", "", "one", 3, "Over the photos' own."),
    Measure("lightness_drift", "L* drift", "", "lower", 3, "Mean difference of L*."),
    Measure(
        "frechet_ab", "Fréchet ab", "", "lower", 2,
        "Fréchet distance between the photos' ab histograms and the pictures', x 100.",
    ),
    Measure("fid", "FID", "", "lower", 2, "Fréchet distance of InceptionV3 features."),
)  # fmt: skip
MEASURE = {measure.name: measure for measure in MEASURES}

# What a photo's row holds for each entry.
COLUMNS = (
    "delta_e", "delta_e_p90", "psnr", "psnr_ab", "ssim", "chroma_error", "hue_error",
    "lightness_drift", "chroma", "colorfulness", "colorfulness_absolute", "mean_a", "mean_b",
)  # fmt: skip
PAIRED = ("delta_e", "delta_e_p90", "psnr", "psnr_ab", "ssim", "chroma_error")
_OWN = ("chroma", "colorfulness", "colorfulness_absolute")


@dataclass(frozen=True)
class Pair:
    """Entry `one` less entry `two` in a measure, over the same photos.

    Attributes:
        one, two: names of the entries.
        measure: its name.
        difference: with its interval.
        verdict: "better", "worse" (of `one`), "no difference shown", or "too few photos to tell" or
            "too few resamples to tell", whatever the interval.
    """

    one: str
    two: str
    measure: str
    difference: Figure
    verdict: str


class Scores:
    """Rows of all entries over the photos that every one of them has a picture of.

    Args:
        rows: `(photos, len(COLUMNS))` for each entry and for "truth".
        cells: `(photos, AB_CELLS ** 2)` for the same: shares of the ab plane.
        count: resamples.
        seed: of their draws.
    """

    def __init__(
        self, rows: dict[str, np.ndarray], cells: dict[str, np.ndarray], count: int, seed: int
    ) -> None:
        self.rows, self.cells, self.count, self.seed = rows, cells, count, seed
        gray = rows[GRAY][:, COLUMNS.index("delta_e")]
        tables = [_with_derived(table, gray) for table in rows.values()]
        names = (*COLUMNS, "better_than_gray", "length")
        with threadpool_limits(1, "blas"):
            found = bootstrap.means(np.concatenate(tables, axis=1), count, seed)
        split = found.reshape(1 + count, len(rows), len(names))
        self.means = {
            entry: dict(zip(names, split[:, number].T, strict=True))
            for number, entry in enumerate(rows)
        }

    def figures(self, entry: str) -> dict[str, Figure]:
        """All figures of an entry but the Fréchet distances; of "truth" only its own."""
        means, truth = self.means[entry], self.means[TRUTH]
        values = dict(means)
        for name in ("colorfulness", "colorfulness_absolute"):
            with np.errstate(divide="ignore", invalid="ignore"):
                values[f"{name}_ratio"] = np.where(
                    truth[name] > 0, means[name] / truth[name], np.nan
                )
            values[f"{name}_difference"] = means[name] - truth[name]
        values["hue_diversity"], true_diversity = _hue_diversity(means), _hue_diversity(truth)
        with np.errstate(divide="ignore", invalid="ignore"):
            values["hue_diversity_ratio"] = np.where(
                true_diversity > 0, values["hue_diversity"] / true_diversity, np.nan
            )
        gray = self.means[GRAY]
        with np.errstate(divide="ignore", invalid="ignore"):
            values["delta_e_over_gray"] = means["delta_e"] / gray["delta_e"]
        values["psnr_over_gray"] = means["psnr"] - gray["psnr"]
        if entry == GRAY:
            values["better_than_gray"] = np.full_like(true_diversity, np.nan)
        wanted = (*_OWN, "hue_diversity") if entry == TRUTH else tuple(MEASURE)
        return {name: bootstrap.figure(values[name]) for name in wanted if name in values}

    def pairs(self, entries: list[str]) -> list[Pair]:
        """Every two entries in each of the PAIRED measures."""
        return [
            self._pair(one, two, measure)
            for one, two in itertools.combinations(entries, 2)
            for measure in PAIRED
        ]

    def _pair(self, one: str, two: str, measure: str) -> Pair:
        difference = bootstrap.figure(self.means[one][measure] - self.means[two][measure])
        column = COLUMNS.index(measure)
        scored = ~np.isnan(self.rows[one][:, column] + self.rows[two][:, column])
        verdict = _verdict(difference, measure, int(scored.sum()), self.count)
        return Pair(one, two, measure, difference, verdict)

    def frechet_ab(self) -> dict[str, Figure]:
        """The Fréchet distance of ab histograms of every entry, times 100."""
        photos = len(self.rows[TRUTH])
        entries = [name for name in self.rows if name != TRUTH]
        if photos < 2:
            return dict.fromkeys(entries, Figure.undefined())
        features = {name: ab_features(cells) for name, cells in self.cells.items()}
        draws = min(self.count, _FRECHET_RESAMPLES)
        blocks = bootstrap.resamples(photos, draws, self.seed)
        counts = itertools.chain([np.ones(photos)], itertools.chain.from_iterable(blocks))
        values: dict[str, list[float]] = {name: [] for name in entries}
        # More threads only wait for each other on matrices of a hundred rows.
        with threadpool_limits(1, "blas"):
            for count in counts:
                truth = Moments.of(features[TRUTH], count)
                for name in entries:
                    distance = frechet_distance(truth, Moments.of(features[name], count))
                    values[name].append(100 * distance)
        return {name: bootstrap.centered_figure(np.array(found)) for name, found in values.items()}


def _hue_diversity(means: dict[str, np.ndarray]) -> np.ndarray:
    length = means["length"]
    with np.errstate(divide="ignore", invalid="ignore"):
        diversity = scores.hue_diversity(means["mean_a"], means["mean_b"], length)
    return np.where(length < _LEAST_CHROMA, np.nan, diversity)


def _verdict(difference: Figure, measure: str, photos: int, resamples: int) -> str:
    if photos < _LEAST_PHOTOS:
        return "too few photos to tell"
    if resamples < _LEAST_RESAMPLES:
        return "too few resamples to tell"
    if difference.low > 0 or difference.high < 0:
        lower = difference.value < 0
        return "better" if lower == (MEASURE[measure].better == "lower") else "worse"
    return "no difference shown"


def _with_derived(rows: np.ndarray, gray_delta_e: np.ndarray) -> np.ndarray:
    delta_e = rows[:, COLUMNS.index("delta_e")]
    better = np.where(np.isnan(delta_e), np.nan, delta_e < gray_delta_e)
    length = np.hypot(rows[:, COLUMNS.index("mean_a")], rows[:, COLUMNS.index("mean_b")])
    return np.column_stack([rows, better, length])
