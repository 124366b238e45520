"""What is scored: baselines that are always there, our models, folders of others' pictures."""

import dataclasses
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from colorizer_tf import color, images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.evaluation.front import Setting, Sweep
from colorizer_tf.evaluation.matching import Matches, match
from colorizer_tf.evaluation.photos import item_names
from colorizer_tf.evaluation.protocol import Photo, resized, strips
from colorizer_tf.records.readers import read_item
from colorizer_tf.records.sources import list_sources

GRAY, MEAN_AB, TRUTH = "gray", "mean-ab", "truth"

# Mean a* and b* of the 52,928 photos that the project's own models are trained on.
PROTOCOL_MEAN_AB = (1.701, 7.419)

# One thread at a time reads archives: `read_item` keeps one open reader for each.
_reading = threading.Lock()


class Entry(Protocol):
    """Something that gives a picture for each photo."""

    @property
    def name(self) -> str:
        """What stands for it in tables, unique among the entries."""

    @property
    def kind(self) -> str:
        """One of "baseline", "model", "folder", "command", "onnx"."""

    @property
    def description(self) -> str:
        """One line for reports."""

    def picture(self, index: int, photo: Photo) -> np.ndarray:
        """Its `(h, w, 3)` uint8 sRGB picture of photo number `index`, of any size.

        Raises:
            ImageError: if it has none; the message is the reason.
        """


@dataclass(frozen=True)
class Gray:
    """The floor: no color at all."""

    name: str = GRAY
    kind: str = "baseline"
    description: str = "the gray input itself"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input."""
        return photo.gray


@dataclass(frozen=True)
class MeanColor:
    """One and the same a* and b* for every pixel of every photo.

    Args:
        ab: the mean over the training photos.
        known_from: where it comes from, for the report.
    """

    ab: tuple[float, float]
    known_from: str
    name: str = MEAN_AB
    kind: str = "baseline"

    @property
    def description(self) -> str:
        """What it is, and whose mean."""
        return f"a* = {self.ab[0]:.2f}, b* = {self.ab[1]:.2f} everywhere: {self.known_from}"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input in that color."""
        ab = np.array(self.ab, np.float32)
        return merged(photo.gray, np.broadcast_to(ab, (*photo.gray.shape[:2], 2)))


@dataclass(frozen=True)
class Oracle:
    """The ceiling at a resolution: the photo's true ab, as coarse as a model of that size sees it.

    Args:
        size: the ab is brought to the area of a square with this side, aspect kept.
    """

    size: int
    kind: str = "baseline"

    @property
    def name(self) -> str:
        """It tells the size."""
        return f"oracle-{self.size}"

    @property
    def description(self) -> str:
        """What it is."""
        return f"true a* and b* at {self.size} x {self.size} pixels' worth of resolution"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input with the coarse true colors."""
        height, width = photo.truth.shape[:2]
        factor = min(1.0, self.size / (height * width) ** 0.5)
        ab = np.empty((height, width, 2), np.float32)
        for rows in strips(height, width):
            ab[rows] = color.rgb_to_lab(photo.truth[rows])[..., 1:]
        coarse = resized(ab, max(1, round(height * factor)), max(1, round(width * factor)))
        return merged(photo.gray, resized(coarse, height, width))


def merged(gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """The L* of a gray picture with other a* and b*: `(h, w, 3)` uint8 sRGB."""
    picture = np.empty_like(gray)
    for rows in strips(*gray.shape[:2]):
        lightness = color.rgb_to_lightness(gray[rows])
        picture[rows] = np.rint(255 * color.merge_lab(lightness, ab[rows]))
    return picture


class Model:
    """One of our models, as `colorizer-tf export` wrote it.

    Args:
        name: what it is called here.
        folder: where it is.
        **request: fields of `PredictionRequest`, such as `size=128`.

    Raises:
        ColorizerError: if there is no model that can run, or it cannot do what the request asks.
    """

    kind = "model"

    def __init__(self, name: str, folder: Path, **request: Any) -> None:
        from colorizer_tf.inference.colorizer import Colorizer

        self.name, self.folder = name, folder
        self._colorizer = Colorizer(folder, **request)
        self._info: dict[str, Any] = self._colorizer.info
        self._running = threading.Lock()

    @property
    def parameters(self) -> int | None:
        """Number of its weights, if its model.json tells."""
        found = self._info.get("parameters")
        return found if type(found) is int else None

    @property
    def weights_sha256(self) -> str:
        """Digest of its weights, if its model.json tells."""
        return str(self._info.get("weights_sha256", ""))

    @property
    def mean_ab(self) -> tuple[float, float] | None:
        """Mean a* and b* of the photos it was trained on, if its model.json tells."""
        try:
            a, b = (float(value) for value in self._info["trained_on"]["mean_ab"])
        except (KeyError, TypeError, ValueError):
            return None
        return (a, b) if math.isfinite(a) and math.isfinite(b) else None

    @property
    def size(self) -> int:
        """The scale at which it predicts color."""
        return int(self._colorizer.size)

    @property
    def description(self) -> str:
        """What its model.json says of it, and what was asked of it."""
        request = self._colorizer.request
        parts = [f"{self._info.get('kind', 'model')}, color at {self.size} px"]
        if request.temperature is not None:
            parts.append(f"temperature {request.temperature:g}")
        if request.mirror:
            parts.append("mean of the photo and its mirror image")
        return ", ".join([*parts, self.folder.name])

    def settings(self, sweep: Sweep) -> list[Setting]:
        """The settings of a sweep that this model can be scored at."""
        return sweep.settings(distribution=self._colorizer.request.temperature is not None)

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input, colored."""
        return next(self.pictures(photo, [Setting()]))

    def pictures(self, photo: Photo, settings: Sequence[Setting]) -> Iterator[np.ndarray]:
        """The gray input, colored at each of the settings from a single prediction.

        Raises:
            ColorizerError: if the model gives values that are not finite.
        """
        # A prediction takes all cores.
        with self._running:
            prediction = self._colorizer.predict(photo.gray)
        own = temperature = self._colorizer.request.temperature
        for setting in settings:
            wanted = setting.temperature or own
            if prediction.distribution and wanted and wanted != temperature:
                temperature = wanted
                ab = prediction.distribution.ab(temperature)
                prediction = dataclasses.replace(prediction, ab=ab)
            yield self._colorizer.merge(photo.gray, prediction, strength=setting.strength)


class Folder:
    """Pictures that another program made from the same photos, matched by their names.

    Args:
        name: what it is called here.
        path: a folder, .zip or .tar of pictures.
        photos: names of the photos.
        left_out: names of photos that are not scored: their pictures are no surprise.
        kind: "command" if a command made it in this run.
        description: of the command.

    Attributes:
        matches: which picture belongs to which photo.

    Raises:
        UsageError: if there is no such folder, or it is a compressed tar.
        ColorizerError: if it holds no pictures, or none of them belongs to a photo.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        photos: list[str],
        left_out: Sequence[str] = (),
        *,
        kind: str = "folder",
        description: str = "",
    ) -> None:
        self.name, self.kind = name, kind
        self.description = description or f"pictures in {path.name}"
        self._listing = list_sources([path])
        if self._listing.sources[0].kind == "stream":
            raise UsageError(f"{path}: pictures are asked for out of order: unpack it first")
        names = item_names(self._listing, self._listing.items)
        self.matches: Matches = match([*photos, *left_out], names)
        if not any(index < len(photos) for index in self.matches.of_photo):
            raise ColorizerError(self._none_fits(path, photos, names))

    def _none_fits(self, path: Path, photos: list[str], names: list[str]) -> str:
        own = self.kind == "command"
        if not names:
            holder = "folder" if path.is_dir() else "archive"
            return "the command wrote no pictures" if own else f"the {holder} holds no pictures"
        ambiguous = [index for index in self.matches.ambiguous if index < len(photos)]
        if ambiguous:
            several = ", ".join(self.matches.ambiguous[ambiguous[0]][:3])
            return (
                f"several pictures could be of one photo, such as {several}: leave one for each, "
                "without the originals"
            )
        if own:
            return f"none of the {len(names)} pictures that the command wrote is named as its input"
        return (
            f"none of its {len(names)} pictures belongs to any of the {len(photos)} photos by "
            f"its name: a photo {photos[0]!r} is looked for as {Path(photos[0]).stem}.png"
        )

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The file that belongs to the photo."""
        if index in self.matches.ambiguous:
            several = ", ".join(self.matches.ambiguous[index][:3])
            raise ImageError(f"several pictures could be it: {several}")
        if index not in self.matches.of_photo:
            raise ImageError("no picture of that name")
        item = self._listing.items[self.matches.of_photo[index]]
        with _reading:
            data = read_item(self._listing.sources[0], item)
        return images.decode_image(data)
