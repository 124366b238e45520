"""One pass over the photos: every entry's picture of each is made, fitted and measured."""

import collections
import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.progress import Progress
from colorizer_tf.evaluation import measures
from colorizer_tf.evaluation.entries import GRAY, TRUTH, Entry, Model
from colorizer_tf.evaluation.figures import COLUMNS
from colorizer_tf.evaluation.front import POINT_COLUMNS, Setting, Sweep
from colorizer_tf.evaluation.gallery import Gallery, thumbnail
from colorizer_tf.evaluation.inception import FEATURES, Inception
from colorizer_tf.evaluation.photos import PhotoSet, RawPhoto
from colorizer_tf.evaluation.protocol import Photo, fitted, prepared

# A thread a core; each holds a photo and a picture or two of it.
_MOST_THREADS = 8
# Photos of more pixels are measured one at a time: one of 50 megapixels takes a gigabyte.
_LARGE = 2**23


@dataclass(frozen=True)
class Preparation:
    """What is done to photos first: see `protocol.prepared`."""

    side: int | None = None
    crop: bool = False

    def photo(self, raw: RawPhoto) -> Photo:
        """The photo as it is scored.

        Raises:
            ImageError: if it is no picture.
        """
        return prepared(raw.name, raw.decode(), self.side, crop=self.crop)


@dataclass
class Row:
    """What was measured of a photo, in little memory.

    Attributes:
        name: the photo's.
        shape: its height and width; (0, 0) if it could not be read.
        problem: why it could not be read, or "".
        values: COLUMNS of each entry, and of "truth".
        cells: shares of the ab plane of the same.
        problems: why an entry has no picture of it.
        resized: entries whose picture had another size.
        same: entries whose picture is the photo itself, pixel for pixel; of photos with color.
        points: of each model, `(settings, POINT_COLUMNS)` and the shares of the ab plane.
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


@dataclass
class _Measured:
    row: Row
    thumbnails: dict[str, np.ndarray]
    features: np.ndarray | None = None


class FeatureFiles:
    """Inception's features of each photo, in files: a thousand photos are 8 MB an entry."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._paths = {name: folder / f"features-{n}" for n, name in enumerate(names)}

    def add(self, features: dict[str, np.ndarray]) -> None:
        """Append a photo's; entries without a picture of it give zeros, to keep count."""
        for name, path in self._paths.items():
            with path.open("ab") as file:
                file.write(features.get(name, np.zeros(FEATURES)).astype(np.float32).tobytes())

    def of(self, name: str) -> np.ndarray:
        """All of an entry's, `(photos, FEATURES)`, read as they are used."""
        return np.memmap(self._paths[name], np.float32, "r").reshape(-1, FEATURES)


@dataclass
class Scorer:
    """Scores entries on photos.

    Args:
        entries: all that is scored, baselines included.
        preparation: what is done to each photo first.
        gallery: is offered every photo.
        inception: if the FID is wanted.
        features: where Inception's features go then.
        sweep: models are scored at these settings as well.
    """

    entries: Sequence[Entry]
    preparation: Preparation
    gallery: Gallery
    inception: Inception | None = None
    features: FeatureFiles | None = None
    sweep: Sweep | None = None
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def score(self, photos: PhotoSet, *, shown: bool) -> list[Row]:
        """A row a photo, in the photos' order.

        One photo or entry that fails never stops the rest: the row names it.
        """
        rows: list[Row] = []
        with Progress("scoring", len(photos.names), shown=shown) as progress:
            for index, found in enumerate(_in_turn(self._measure, photos.read())):
                self._take(index, found)
                rows.append(found.row)
                progress.add(1)
        return rows

    def _take(self, index: int, found: _Measured) -> None:
        row = found.row
        if row.values:
            place = COLUMNS.index("delta_e")
            scores = {name: float(v[place]) for name, v in row.values.items() if name != TRUTH}
            self.gallery.offer(index, scores, found.thumbnails)
        if self.features:
            got: Iterable[np.ndarray] = () if found.features is None else found.features
            self.features.add(dict(zip(row.values, got, strict=False)))

    def _measure(self, index: int, raw: RawPhoto) -> _Measured:
        row = Row(raw.name)
        try:
            photo = self.preparation.photo(raw)
        # Whatever a photo runs into, memory too, the others still get their turn.
        except Exception as error:
            row.problem = reason(error)
            return _Measured(row, {})
        row.shape = photo.truth.shape[:2]
        large = photo.truth.size > 3 * _LARGE
        with self._alone if large else contextlib.nullcontext():
            return self._measured(index, photo, row)

    def _measured(self, index: int, photo: Photo, row: Row) -> _Measured:
        own = measures.appearance(photo.truth)
        row.values[TRUTH] = _columns(own.values)
        row.cells[TRUTH] = own.cells.astype(np.float16)
        thumbnails = {TRUTH: thumbnail(photo.truth), GRAY: thumbnail(photo.gray)}
        pictures = [photo.truth]
        for entry in self.entries:
            try:
                picture = self._entry(index, photo, entry, row)
            except Exception as error:
                row.problems[entry.name] = reason(error)
                continue
            if entry.name in self.gallery.names:
                thumbnails[entry.name] = thumbnail(picture)
            if self.inception:
                pictures.append(picture)
        features = self.inception.features(pictures) if self.inception else None
        return _Measured(row, thumbnails, features)

    def _entry(self, index: int, photo: Photo, entry: Entry, row: Row) -> np.ndarray:
        if isinstance(entry, Model):
            settings = entry.settings(self.sweep) if self.sweep else []
            pictures = entry.pictures(photo, [Setting(), *settings])
            made = next(pictures)
            if settings:
                row.points[entry.name] = _points(photo.truth, pictures)
        else:
            made = entry.picture(index, photo)
        picture = fitted(made, photo)
        if made.shape != photo.truth.shape:
            row.resized.append(entry.name)
        theirs = entry.kind in ("folder", "command")
        if theirs and np.array_equal(picture, photo.truth) and (photo.gray != photo.truth).any():
            row.same.append(entry.name)
        found = measures.compare(photo.truth, picture)
        row.values[entry.name] = _columns(found.values)
        row.cells[entry.name] = found.cells.astype(np.float16)
        return picture


def _columns(values: dict[str, float]) -> np.ndarray:
    return np.array([values.get(name, np.nan) for name in COLUMNS])


def _points(truth: np.ndarray, pictures: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    looks = [measures.compare_briefly(truth, picture) for picture in pictures]
    values = np.array([[look.values[name] for name in POINT_COLUMNS] for look in looks])
    return values, np.stack([look.cells for look in looks]).astype(np.float16)


def reason(error: Exception) -> str:
    """A short line that says what went wrong."""
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, ColorizerError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _in_turn(
    work: Callable[[int, RawPhoto], _Measured], photos: Iterator[RawPhoto]
) -> Iterator[_Measured]:
    """The work's results in order, some threads at it, and few photos in memory at a time."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    waiting: collections.deque[Future[_Measured]] = collections.deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for index, raw in enumerate(photos):
                waiting.append(pool.submit(work, index, raw))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
