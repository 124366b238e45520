"""One pass over the photos, which scores the picture of every entry on each."""

import contextlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution import ThreadExecutor
from colorizer_tf.base.execution.threads import count_cores
from colorizer_tf.base.progress import Progress
from colorizer_tf.evaluation import measures
from colorizer_tf.evaluation.columns import COLUMNS
from colorizer_tf.evaluation.entries import GRAY, TRUTH, Entry
from colorizer_tf.evaluation.front import POINT_COLUMNS, Setting, Sweep
from colorizer_tf.evaluation.gallery import SIDE, Gallery
from colorizer_tf.evaluation.inception import FeatureFiles, Inception
from colorizer_tf.evaluation.model_entry import Model
from colorizer_tf.evaluation.options import EvaluationOptions
from colorizer_tf.evaluation.photos import PhotoSet, RawPhoto
from colorizer_tf.evaluation.protocol import Photo, fitted, prepared
from colorizer_tf.images.thumbnails import thumbnail

# A thread per core; each holds a photo and a few pictures of it.
_MAX_THREADS = 8
# Larger photos are scored one at a time: one of 50 megapixels takes a gigabyte.
_LARGE_PIXELS = 2**23


def prepare(raw: RawPhoto, options: EvaluationOptions) -> Photo:
    """The photo, prepared for scoring.

    Raises:
        ImageError: if it cannot be decoded.
    """
    return prepared(raw.name, raw.decode(), options.resize, crop=options.crop)


@dataclass
class Row:
    """The scores of all entries on one photo.

    Attributes:
        name: of the photo.
        shape: its height and width; (0, 0) if it could not be read.
        problem: why it could not be read, or "".
        values: COLUMNS, by the entry's name, "truth" included.
        cells: shares of the ab plane, by the same.
        problems: why an entry has no picture of it.
        resized: entries whose picture had another size.
        same: entries whose picture is equal to the photo, which has color.
        points: of models, `(settings, POINT_COLUMNS)` and `(settings, AB_CELLS ** 2)`.
        hints: of models, `(counts, hint_scores.COLUMNS)`.
    """

    name: str
    shape: tuple[int, int] = (0, 0)
    problem: str = ""
    values: dict[str, np.ndarray] = field(default_factory=dict)
    cells: dict[str, np.ndarray] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    resized: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    points: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    hints: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass
class _Scored:
    row: Row
    thumbnails: dict[str, np.ndarray]
    features: np.ndarray | None = None


@dataclass
class Scorer:
    """Scores entries on photos.

    Args:
        entries: all entries, baselines included.
        options: of the evaluation.
        gallery: gets the thumbnails.
        inception: for the FID.
        features: gets Inception's features.
    """

    entries: Sequence[Entry]
    options: EvaluationOptions
    gallery: Gallery
    inception: Inception | None = None
    features: FeatureFiles | None = None
    _large: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._sweep = Sweep.of(self.options)

    def score(self, photos: PhotoSet, *, shown: bool) -> list[Row]:
        """A row per photo, in the order of the photos.

        A photo or an entry that fails does not stop the others: the row states the reason.
        """
        rows: dict[int, Row] = {}
        count = len(photos.names)
        executor = ThreadExecutor(min(_MAX_THREADS, count_cores()), cancel=lambda: None)
        with Progress("scoring", count, shown=shown) as progress, executor:
            for index, scored in executor.map_unordered(
                self._score, enumerate(photos.read()), count
            ):
                self._collect(index, scored)
                rows[index] = scored.row
                progress.add(1)
        return [rows[index] for index in sorted(rows)]

    def _collect(self, index: int, scored: _Scored) -> None:
        row = scored.row
        if row.values:
            column = COLUMNS.index("delta_e")
            delta_e = {name: float(v[column]) for name, v in row.values.items() if name != TRUTH}
            self.gallery.offer(index, delta_e, scored.thumbnails)
        if self.features:
            features: Iterable[np.ndarray] = () if scored.features is None else scored.features
            self.features.write(index, dict(zip(row.values, features, strict=False)))

    def _score(self, task: tuple[int, RawPhoto]) -> _Scored:
        index, raw = task
        row = Row(raw.name)
        try:
            photo = prepare(raw, self.options)
        # Whatever goes wrong with one photo, MemoryError included, the others are scored.
        except Exception as error:
            row.problem = reason(error)
            return _Scored(row, {})
        row.shape = photo.truth.shape[:2]
        large = photo.truth.size > 3 * _LARGE_PIXELS
        with self._large if large else contextlib.nullcontext():
            return self._score_entries(index, photo, row)

    def _score_entries(self, index: int, photo: Photo, row: Row) -> _Scored:
        _keep(row, TRUTH, measures.appearance(photo.truth))
        thumbnails = {TRUTH: thumbnail(photo.truth, SIDE), GRAY: thumbnail(photo.gray, SIDE)}
        pictures = [photo.truth]
        for entry in self.entries:
            try:
                picture = self._score_entry(index, photo, entry, row)
            except Exception as error:
                row.problems[entry.name] = reason(error)
                continue
            if entry.name in self.gallery.names:
                thumbnails[entry.name] = thumbnail(picture, SIDE)
            if self.inception:
                pictures.append(picture)
        features = self.inception.features(pictures) if self.inception else None
        return _Scored(row, thumbnails, features)

    def _score_entry(self, index: int, photo: Photo, entry: Entry, row: Row) -> np.ndarray:
        if isinstance(entry, Model) and self._sweep:
            pictures = entry.pictures(photo, [Setting(), *entry.settings(self._sweep)], index)
            own = next(pictures)
            row.points[entry.name] = _points(photo.truth, pictures)
        else:
            own = entry.picture(index, photo)
        if isinstance(entry, Model) and self.options.hints:
            counts, seed = self.options.hints, self.options.seed
            row.hints[entry.name] = entry.hint_scores(photo, counts, seed)
        picture = fitted(own, photo)
        if own.shape != photo.truth.shape:
            row.resized.append(entry.name)
        from_others = entry.kind in ("folder", "command")
        if from_others and np.array_equal(picture, photo.truth) and _has_color(photo):
            row.same.append(entry.name)
        scores = measures.compare(photo.truth, picture)
        if isinstance(entry, Model) and entry.has_variants and self.options.variants:
            # Seeds of its own for each photo: with the same ones, all would lean to one hue.
            count = self.options.variants
            seed = self.options.seed + index * count
            scores.values.update(entry.variant_scores(photo, count, seed))
        _keep(row, entry.name, scores)
        return picture


def _keep(row: Row, name: str, scores: measures.Scores) -> None:
    row.values[name] = np.array([scores.values.get(column, np.nan) for column in COLUMNS])
    row.cells[name] = scores.cells.astype(np.float16)


def _points(truth: np.ndarray, pictures: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    scores = [measures.compare_briefly(truth, picture) for picture in pictures]
    values = np.array([[each.values[name] for name in POINT_COLUMNS] for each in scores])
    return values, np.stack([each.cells for each in scores]).astype(np.float16)


def _has_color(photo: Photo) -> bool:
    return bool((photo.gray != photo.truth).any())


def reason(error: Exception) -> str:
    """The first line of an error, with its type unless it is one of ours."""
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, ColorizerError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
