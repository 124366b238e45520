"""Models of this project as entries: pictures at one or several settings of each prediction."""

import dataclasses
import math
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.evaluation.front import Setting, Sweep
from colorizer_tf.evaluation.hint_scores import hint_scores
from colorizer_tf.evaluation.protocol import Photo
from colorizer_tf.evaluation.variant_scores import variant_scores
from colorizer_tf.inference import model_json
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.request import PredictionRequest


class Model:
    """A model that `colorizer-tf export` wrote.

    Args:
        name: of the entry.
        folder: of the model.
        request: what is asked of it.

    Raises:
        ColorizerError: if it cannot be loaded or cannot do what the request asks.
    """

    kind = "model"

    def __init__(self, name: str, folder: Path, request: PredictionRequest | None = None) -> None:
        self.name, self.folder = name, folder
        asked = dataclasses.asdict(request or PredictionRequest())
        self._colorizer = Colorizer(folder, **asked)
        self._info: dict[str, Any] = self._colorizer.info
        self._running = threading.Lock()

    @property
    def parameters(self) -> int | None:
        """Number of weights, if its model.json has it."""
        found = self._info.get("parameters")
        return found if type(found) is int else None

    @property
    def weights_sha256(self) -> str:
        """Digest of its weights, if its model.json has it, else ""."""
        return str(self._info.get("weights_sha256", ""))

    @property
    def mean_ab(self) -> tuple[float, float] | None:
        """Mean a* and b* of its training photos, if its model.json has them."""
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
        """Kind, and how it predicts."""
        request = self._colorizer.request
        parts = [f"{self._info.get('kind', 'model')}, color at {self.size} px"]
        if request.temperature is not None:
            parts.append(f"temperature {request.temperature:g}")
        if request.steps is not None:
            parts.append(f"a draw in {request.steps} steps, guidance {request.guidance:g}")
        if request.label is not None:
            parts.append(f"label {request.label}")
        if request.mirror:
            parts.append("mean of the photo and its mirror image")
        if request.blends(self._info):
            parts.append(f"mean with that at {self._info['trained_at']} px")
        if request.restore:
            parts.append(f"restored first: {', '.join(request.restore)}")
        return ", ".join([*parts, self.folder.name])

    def settings(self, sweep: Sweep) -> list[Setting]:
        """The settings of a sweep that this model can be scored at."""
        return sweep.settings(distribution=self._colorizer.request.temperature is not None)

    def picture(self, index: int, photo: Photo) -> np.ndarray:
        """The gray input, colored; a model that draws has the photo's number as its seed."""
        return next(self.pictures(photo, [Setting()], index))

    def hint_scores(self, photo: Photo, counts: tuple[int, ...], seed: int) -> np.ndarray:
        """Scores with true colors at points, see `hint_scores.hint_scores`."""
        with self._running:
            return hint_scores(self._colorizer, photo, counts, seed)

    @property
    def has_variants(self) -> bool:
        """Whether it gives several answers to a photo."""
        info = self._info
        return model_json.CLASSES in info or model_json.DIFFUSION in info

    def variant_scores(self, photo: Photo, count: int, seed: int) -> dict[str, float]:
        """Scores of several answers, see `variant_scores.variant_scores`."""
        with self._running:
            return variant_scores(self._colorizer, photo, count, seed)

    def pictures(
        self, photo: Photo, settings: Sequence[Setting], seed: int = 0
    ) -> Iterator[np.ndarray]:
        """The gray input, colored at each of the settings from a single prediction.

        Args:
            photo: prepared.
            settings: of the color.
            seed: of a model that draws.

        Raises:
            ColorizerError: if the model gives values that are not finite.
        """
        restored = self._colorizer.restored(photo.gray)
        request = dataclasses.replace(self._colorizer.request, seed=seed)
        # A prediction takes all cores.
        with self._running:
            prediction = self._colorizer.predict(restored.picture, request)
        own = temperature = self._colorizer.request.temperature
        for setting in settings:
            wanted = setting.temperature or own
            if prediction.distribution and wanted and wanted != temperature:
                temperature = wanted
                ab = prediction.distribution.ab(temperature)
                prediction = dataclasses.replace(prediction, ab=ab)
            merged = self._colorizer.merge(restored.picture, prediction, strength=setting.strength)
            yield restored.framed(merged)
