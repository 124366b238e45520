"""`evaluate`: entries and photos in, a scored comparison out."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation import entries as entry_kinds
from colorizer_tf.evaluation.bootstrap import Figure
from colorizer_tf.evaluation.entries import Model
from colorizer_tf.evaluation.figures import COLUMNS, Pair, Scores
from colorizer_tf.evaluation.frechet import Moments, frechet_distance
from colorizer_tf.evaluation.front import Front, LevelPair, Reference, Samples, Sweep, fronts
from colorizer_tf.evaluation.gallery import Gallery, Shown
from colorizer_tf.evaluation.inception import Inception
from colorizer_tf.evaluation.photos import PhotoSet
from colorizer_tf.evaluation.requests import Builder, MeanAb, Request, Result, baselines
from colorizer_tf.evaluation.scoring import FeatureFiles, Preparation, Row, Scorer

# Photos whose features are in memory at a time.
_AT_ONCE = 256


@dataclass(frozen=True)
class Settings:
    """How to evaluate.

    Attributes:
        preparation: what is done to the photos first.
        mean_ab: color of the mean-ab baseline, and where it is from; None asks models and photos.
        resamples: bootstrap resamples behind each interval.
        seed: of the resamples.
        pictures: about how many photos the report shows.
        peer_seconds: time limit of a command.
        costs: measure speed and memory.
        inception: for the FID; None leaves it out.
        sweep: settings at which models are scored as well; None leaves the fronts out.
        request: fields of `PredictionRequest` for all models, such as `size`.
    """

    preparation: Preparation = field(default_factory=Preparation)
    mean_ab: MeanAb | None = None
    resamples: int = 1000
    seed: int = 0
    pictures: int = 48
    peer_seconds: float = 3600.0
    costs: bool = True
    inception: Inception | None = None
    sweep: Sweep | None = None
    request: dict[str, Any] = field(default_factory=dict)


@dataclass
class Evaluation:
    """All that a report tells.

    Attributes:
        source: what the photos came from.
        settings: how it was done.
        results: baselines, then entries as asked for, then "truth".
        pairs: differences between any two that have figures.
        rows: every photo, the unreadable ones too.
        compared: indices of the photos that the figures are over.
        shown: photos with thumbnails.
        fronts: of each model, if settings were asked for.
        level_pairs: each two models at equal colorfulness.
    """

    source: str
    settings: Settings
    results: list[Result]
    pairs: list[Pair]
    rows: list[Row]
    compared: list[int]
    shown: list[Shown]
    fronts: list[Front] = field(default_factory=list)
    level_pairs: list[LevelPair] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Everything that failed, a line each."""
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
    photos: PhotoSet, requests: Sequence[Request], settings: Settings, *, shown: bool = True
) -> Evaluation:
    """Score entries and the baselines on the same photos.

    Args:
        photos: the photos.
        requests: what to score.
        settings: how.
        shown: tell on stderr how far it is.

    Raises:
        UsageError: if two entries have one name, a path is missing or a command lacks its places.
        ColorizerError: if nothing can be compared: no photo is readable, every entry failed, or no
            photo has a picture of each.
    """
    with tempfile.TemporaryDirectory(prefix="colorizer-tf-evaluate-") as work:
        builder = Builder(
            photos,
            settings.preparation,
            Path(work),
            request=settings.request,
            peer_seconds=settings.peer_seconds,
            costs=settings.costs,
            shown=shown,
        )
        results, entries = builder.build(requests)
        if requests and not entries:
            problems = "; ".join(f"{result.name}: {result.problem}" for result in results)
            raise ColorizerError(f"nothing to compare, every entry failed: {problems}")
        every = [*baselines(photos, entries, settings.mean_ab), *entries]
        gallery = Gallery([e.name for e in entries or every], len(photos.names), settings.pictures)
        files = None
        if settings.inception:
            files = FeatureFiles(Path(work), [entry_kinds.TRUTH, *(e.name for e in every)])
        scorer = Scorer(
            every, settings.preparation, gallery, settings.inception, files, settings.sweep
        )
        rows = scorer.score(photos, shown=shown)
        first = [Result(e.name, e.kind, e.description) for e in every[: -len(entries) or None]]
        truth = Result(entry_kinds.TRUTH, "truth", "the photos themselves")
        results = [*first, *results, truth]
        names = _drop_empty(results, rows)
        compared = _compared(rows, names)
        pairs = _fill_in(results, rows, compared, names, settings)
        if files:
            _fill_in_fid(results, files, compared, names)
        models = [entry for entry in entries if isinstance(entry, Model) and entry.name in names]
    found, level_pairs = _fronts(rows, compared, models, settings)
    return Evaluation(
        photos.source, settings, results, pairs, rows, compared, gallery.shown(), found, level_pairs
    )


def _drop_empty(results: list[Result], rows: list[Row]) -> list[str]:
    """Names of those with a picture at all; the others get their first reason as their problem."""
    readable = [row for row in rows if row.values]
    if not readable:
        reasons = "; ".join(f"{row.name}: {row.problem}" for row in rows[:3])
        raise ColorizerError(f"none of the {len(rows)} photos can be read: {reasons}")
    names = []
    for result in results:
        if any(result.name in row.values for row in readable):
            names.append(result.name)
        elif not result.problem:
            first = next(row.problems[result.name] for row in readable)
            result.problem = f"no picture of any photo: {first}"
    if set(names) <= {r.name for r in results if r.kind in ("baseline", "truth")} and any(
        result.kind not in ("baseline", "truth") for result in results
    ):
        problems = "; ".join(f"{r.name}: {r.problem}" for r in results if r.problem)
        raise ColorizerError(f"nothing to compare, every entry failed: {problems}")
    return names


def _compared(rows: list[Row], names: list[str]) -> list[int]:
    """The photos that every entry has a picture of."""
    found = [index for index, row in enumerate(rows) if all(name in row.values for name in names)]
    if not found:
        counts = ", ".join(f"{n}: {sum(n in row.values for row in rows)}" for n in names)
        raise ColorizerError(
            f"no photo has a picture of every entry (pictures of {counts}): compare fewer at once"
        )
    return found


def _fill_in(
    results: list[Result],
    rows: list[Row],
    compared: list[int],
    names: list[str],
    settings: Settings,
) -> list[Pair]:
    scores = Scores(
        {name: np.stack([rows[index].values[name] for index in compared]) for name in names},
        {name: np.stack([rows[index].cells[name] for index in compared]) for name in names},
        settings.resamples,
        settings.seed,
    )
    frechet = scores.frechet_ab()
    for result in results:
        if result.name in names:
            result.figures = scores.figures(result.name)
            if result.name in frechet:
                result.figures["frechet_ab"] = frechet[result.name]
    return scores.pairs([name for name in names if name != entry_kinds.TRUTH])


def _fronts(
    rows: list[Row], compared: list[int], models: list[Model], settings: Settings
) -> tuple[list[Front], list[LevelPair]]:
    if not settings.sweep:
        return [], []
    scored = [rows[index] for index in compared]

    def column(entry: str, name: str) -> np.ndarray:
        return np.array([row.values[entry][COLUMNS.index(name)] for row in scored])

    reference = Reference(
        column(entry_kinds.GRAY, "delta_e"),
        column(entry_kinds.GRAY, "psnr"),
        column(entry_kinds.TRUTH, "colorfulness"),
        np.stack([row.cells[entry_kinds.TRUTH] for row in scored]),
    )
    samples = {}
    for model in models:
        values, cells = zip(*(row.points[model.name] for row in scored), strict=True)
        sweep = model.settings(settings.sweep)
        samples[model.name] = Samples(sweep, np.stack(values), np.stack(cells))
    return fronts(reference, samples, settings.resamples, settings.seed)


def _fill_in_fid(
    results: list[Result], files: FeatureFiles, compared: list[int], names: list[str]
) -> None:
    truth = _moments(files, entry_kinds.TRUTH, compared)
    for result in results:
        if result.name in names and result.kind != "truth":
            distance = frechet_distance(truth, _moments(files, result.name, compared))
            # A matrix root of 2048 rows takes seconds: a thousand of them for an interval, hours.
            result.figures["fid"] = Figure(distance, np.nan, np.nan)


def _moments(files: FeatureFiles, name: str, compared: list[int]) -> Moments:
    features = files.of(name)
    moments = Moments.none(features.shape[1])
    for start in range(0, len(compared), _AT_ONCE):
        moments.add(features[compared[start : start + _AT_ONCE]])
    return moments
