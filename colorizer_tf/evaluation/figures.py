"""Figures of the entries from their scores on each photo: means, ratios, intervals, pairs."""

import itertools
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from colorizer_tf.color import scores
from colorizer_tf.evaluation import bootstrap
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.columns import COLUMNS, MEASURE, VARIANT_COLUMNS
from colorizer_tf.evaluation.entries import GRAY, TRUTH
from colorizer_tf.evaluation.frechet import Moments, ab_features, frechet_distance

# Resamples of a Fréchet distance: each takes a matrix root, and 200 give a stable interval.
_FRECHET_RESAMPLES = 200
# With fewer photos or resamples an interval is too unreliable for a verdict.
_MIN_PHOTOS, _MIN_RESAMPLES = 10, 100
# Below this mean chroma a set of photos has no hue diversity.
_MIN_CHROMA = 1.0


PAIRED = ("delta_e", "delta_e_p90", "psnr", "psnr_ab", "ssim", "chroma_error")
_OWN = ("chroma", "colorfulness", "colorfulness_absolute")


@dataclass(frozen=True)
class Pair:
    """Difference of two entries in a measure, over the same photos.

    Attributes:
        one, two: names of the entries.
        measure: its name.
        difference: `one` less `two`.
        verdict: "better" or "worse" (of `one`) where the interval leaves out 0, else "no difference
            shown"; or "too few photos to tell", "too few resamples to tell".
    """

    one: str
    two: str
    measure: str
    difference: Figure
    verdict: str


class EntryScores:
    """Scores of all entries on the photos that all of them have a picture of.

    Args:
        rows: `(photos, len(COLUMNS))` for each entry and for "truth".
        cells: `(photos, AB_CELLS ** 2)` for the same: shares of the ab plane.
        count: number of bootstrap resamples.
        seed: of the resamples.
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
        """All figures of an entry but the Fréchet distances."""
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
        found = {name: bootstrap.figure(values[name]) for name in wanted if name in values}
        scored = ~np.isnan(self.rows[entry][:, COLUMNS.index(VARIANT_COLUMNS[0])])
        return {
            name: figure
            for name, figure in found.items()
            if name not in VARIANT_COLUMNS or scored.any()
        }

    def pairs(self, entries: list[str]) -> list[Pair]:
        """All pairs of entries in each of the PAIRED measures."""
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
        """Fréchet distance of the ab histograms of each entry, times 100."""
        photos = len(self.rows[TRUTH])
        entries = [name for name in self.rows if name != TRUTH]
        if photos < 2:
            return dict.fromkeys(entries, Figure.undefined())
        features = {name: ab_features(cells) for name, cells in self.cells.items()}
        draws = min(self.count, _FRECHET_RESAMPLES)
        blocks = bootstrap.resamples(photos, draws, self.seed)
        counts = itertools.chain([np.ones(photos)], itertools.chain.from_iterable(blocks))
        values: dict[str, list[float]] = {name: [] for name in entries}
        # Threads do not pay for matrices of a hundred rows.
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
    return np.where(length < _MIN_CHROMA, np.nan, diversity)


def _verdict(difference: Figure, measure: str, photos: int, resamples: int) -> str:
    if photos < _MIN_PHOTOS:
        return "too few photos to tell"
    if resamples < _MIN_RESAMPLES:
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
