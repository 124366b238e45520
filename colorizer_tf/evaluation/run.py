"""`evaluate`: scores entries on photos and compares them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation import hint_scores, levin
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.columns import COLUMNS
from colorizer_tf.evaluation.entries import BASELINE_KINDS, GRAY, TRUTH, Entry
from colorizer_tf.evaluation.figures import EntryScores, Pair
from colorizer_tf.evaluation.front import Front, LevelPair, Reference, Samples, Sweep, fronts
from colorizer_tf.evaluation.gallery import Gallery, Shown
from colorizer_tf.evaluation.hint_scores import HintCurve
from colorizer_tf.evaluation.inception import FeatureFiles, Inception
from colorizer_tf.evaluation.model_entry import Model
from colorizer_tf.evaluation.options import EvaluationOptions
from colorizer_tf.evaluation.photos import PhotoSet
from colorizer_tf.evaluation.requests import Builder, MeanAb, Request, Result, baselines
from colorizer_tf.evaluation.scoring import Row, Scorer
from colorizer_tf.inference.request import PredictionRequest


@dataclass
class Evaluation:
    """The content of a report.

    Attributes:
        source: name of where the photos come from.
        options: of the evaluation.
        results: of the baselines, of the entries in the order of the requests, and of "truth".
        pairs: differences between all pairs of entries with figures.
        rows: scores on each photo, the unreadable ones included.
        compared: indices of the photos that the figures are means over.
        shown: photos with thumbnails.
        fid_weights_md5: of Inception's weights, if there is a FID.
        fronts: of each model, if there is a sweep.
        level_pairs: all pairs of models at equal colorfulness.
        hints: scores of models against the number of hints, if asked for.
    """

    source: str
    options: EvaluationOptions
    results: list[Result]
    pairs: list[Pair]
    rows: list[Row]
    compared: list[int]
    shown: list[Shown]
    fid_weights_md5: str | None = None
    fronts: list[Front] = field(default_factory=list)
    level_pairs: list[LevelPair] = field(default_factory=list)
    hints: list[HintCurve] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """A line for everything that failed."""
        lines = [f"{row.name}: {row.problem}" for row in self.rows if row.problem]
        for result in self.results:
            if result.problem:
                lines.append(f"{result.name}: {result.problem}")
                continue
            lines += [f"{result.name}: {note}" for note in result.notes]
            lines += [
                f"{result.name}: {row.name}: {row.problems[result.name]}"
                for row in self.rows
                if result.name in row.problems
            ]
        return lines


def evaluate(
    photos: PhotoSet,
    requests: Sequence[Request],
    options: EvaluationOptions,
    *,
    prediction: PredictionRequest | None = None,
    mean_ab: MeanAb | None = None,
    inception: Inception | None = None,
    shown: bool = True,
) -> Evaluation:
    """Score entries and the baselines on the same photos.

    Args:
        photos: the photos.
        requests: the entries.
        options: of the evaluation.
        prediction: what is asked of models, each of those that take it.
        mean_ab: color of the mean-ab baseline and its source; None takes it from models or photos.
        inception: for the FID; None leaves it out.
        shown: show the progress on stderr.

    Raises:
        UsageError: if two entries have one name, a path is missing or a command lacks its
            placeholders.
        ColorizerError: if nothing can be compared: no photo can be read, every entry failed, or no
            photo has a picture of every entry.
    """
    with tempfile.TemporaryDirectory(prefix="colorizer-tf-evaluate-") as work:
        folder = Path(work)
        if options.hints:
            levin.load_solver()
        builder = Builder(photos, options, prediction or PredictionRequest(), folder, shown)
        results, entries = builder.build(requests)
        if requests and not entries:
            raise _every_entry_failed(results)
        every: list[Entry] = [*baselines(photos, entries, mean_ab), *entries]
        gallery = Gallery([e.name for e in entries or every], len(photos.names), options.pictures)
        files = None
        if inception:
            files = FeatureFiles(folder, [TRUTH, *(entry.name for entry in every)])
        scorer = Scorer(every, options, gallery, inception, files)
        rows = scorer.score(photos, shown=shown)
        first = [Result(e.name, e.kind, e.description) for e in every[: len(every) - len(entries)]]
        results = [*first, *results, Result(TRUTH, "truth", "the photos themselves")]
        names = _with_pictures(results, rows)
        found = Evaluation(
            photos.source, options, results, [], rows, _compared(rows, names), gallery.shown()
        )
        _add_figures(found, names)
        if files and inception:
            found.fid_weights_md5 = inception.md5
            _add_fid(found, files, names)
        models = [e for e in entries if isinstance(e, Model) and e.name in names]
        if sweep := Sweep.of(options):
            _add_fronts(found, models, sweep)
        if options.hints:
            _add_hints(found, models)
    return found


def _every_entry_failed(results: list[Result]) -> ColorizerError:
    problems = "; ".join(f"{r.name}: {r.problem}" for r in results if r.problem)
    return ColorizerError(f"nothing to compare, every entry failed: {problems}")


def _with_pictures(results: list[Result], rows: list[Row]) -> list[str]:
    """Names of the entries with at least one picture; the others get their first reason."""
    readable = [row for row in rows if row.values]
    if not readable:
        reasons = "; ".join(f"{row.name}: {row.problem}" for row in rows[:3])
        raise ColorizerError(f"none of the {len(rows)} photos can be read: {reasons}")
    for result in results:
        if not result.problem and not any(result.name in row.values for row in readable):
            first = next(row.problems[result.name] for row in readable)
            result.problem = f"no picture of any photo: {first}"
    candidates = [result for result in results if result.kind not in BASELINE_KINDS]
    if candidates and all(result.problem for result in candidates):
        raise _every_entry_failed(results)
    return [result.name for result in results if not result.problem]


def _compared(rows: list[Row], names: list[str]) -> list[int]:
    """Indices of the photos that every entry has a picture of."""
    found = [index for index, row in enumerate(rows) if all(name in row.values for name in names)]
    if not found:
        counts = ", ".join(f"{n}: {sum(n in row.values for row in rows)}" for n in names)
        raise ColorizerError(
            f"no photo has a picture of every entry (pictures of {counts}): compare fewer at once"
        )
    return found


def _add_figures(found: Evaluation, names: list[str]) -> None:
    rows = [found.rows[index] for index in found.compared]
    scores = EntryScores(
        {name: np.stack([row.values[name] for row in rows]) for name in names},
        {name: np.stack([row.cells[name] for row in rows]) for name in names},
        found.options.resamples,
        found.options.seed,
    )
    frechet = scores.frechet_ab()
    for result in found.results:
        if result.name in names:
            result.figures = scores.figures(result.name)
            if result.name in frechet:
                result.figures["frechet_ab"] = frechet[result.name]
    found.pairs = scores.pairs([name for name in names if name != TRUTH])


def _add_fid(found: Evaluation, files: FeatureFiles, names: list[str]) -> None:
    for result in found.results:
        if result.name in names and result.kind != "truth":
            # No interval: the matrix root of 2,048 rows takes seconds for each resample.
            distance = files.fid(result.name, TRUTH, found.compared)
            result.figures["fid"] = Figure(distance, np.nan, np.nan)


def _add_hints(found: Evaluation, models: list[Model]) -> None:
    options, rows = found.options, [found.rows[index] for index in found.compared]
    for model in models:
        values = np.stack([row.hints[model.name] for row in rows])
        curve = hint_scores.curve(
            model.name, options.hints, values, options.resamples, options.seed
        )
        found.hints.append(curve)


def _add_fronts(found: Evaluation, models: list[Model], sweep: Sweep) -> None:
    rows = [found.rows[index] for index in found.compared]

    def column(entry: str, name: str) -> np.ndarray:
        return np.array([row.values[entry][COLUMNS.index(name)] for row in rows])

    reference = Reference(
        column(GRAY, "delta_e"),
        column(GRAY, "psnr"),
        column(TRUTH, "colorfulness"),
        np.stack([row.cells[TRUTH] for row in rows]),
    )
    samples = {}
    for model in models:
        values, cells = zip(*(row.points[model.name] for row in rows), strict=True)
        samples[model.name] = Samples(model.settings(sweep), np.stack(values), np.stack(cells))
    found.fronts, found.level_pairs = fronts(
        reference, samples, found.options.resamples, found.options.seed
    )
