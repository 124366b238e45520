"""Lightness in, predictions out: a network in a runtime, and its `model.json`."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference import model_json
from colorizer_tf.inference.blending import blended
from colorizer_tf.inference.distribution import ColorDistribution, log_probabilities
from colorizer_tf.inference.draws import draw_ab
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import AB, HINT_FEATURES, LOGITS, Run
from colorizer_tf.inference.runtimes.diffusion import LIKELY, DiffusionRun

# Sharper than the distribution itself, whose rarest colors are errors more often than not.
DRAWN_AT = 0.5


class Predictor:
    """Predicts color at the size given. Threads may share it.

    Args:
        run: the network in a runtime.
        info: the content of `model.json`, as `model_json.read_info` gives it.
    """

    def __init__(self, run: Run, info: Mapping[str, Any]) -> None:
        self._run, self._info = run, info
        self._stride, self._ab_stride = info["stride"], info["ab_stride"]
        self._classes = model_json.color_classes(info) or model_json.likely_classes(info)

    def predict(self, lightness: np.ndarray, request: PredictionRequest) -> list[Prediction]:
        """One prediction a photo.

        Args:
            lightness: `(n, h, w)` float32, L* in [0, 100].
            request: resolved for the model.

        Raises:
            ColorizerError: if the network gives values that are not finite, or other classes than
                `model.json` describes.
        """
        taken = self._lengthened(lightness) if request.mirror else lightness
        outputs = self._outputs(taken, request)
        if request.mirror:
            outputs = _mean_over_mirrored(outputs, self._outputs(taken[:, :, ::-1], request))
        return [
            self._prediction(
                photo, {name: values[index] for name, values in outputs.items()}, request
            )
            for index, photo in enumerate(lightness)
        ]

    def predict_photo(self, scales: Sequence[np.ndarray], request: PredictionRequest) -> Prediction:
        """The prediction of one photo, which may be seen at two scales.

        Args:
            scales: its L*, `(h, w)` float32, at the scale of the prediction; then perhaps at the
                trained one, see `PredictionRequest.blends`.
            request: resolved for the model.

        Raises:
            ColorizerError: as of `predict`.
        """
        fine, *coarse = (self.predict(lightness[None], request)[0] for lightness in scales)
        if not coarse:
            return fine
        return blended(coarse[0], fine, float(request.temperature or self._info["temperature"]))

    def variants(
        self, scales: Sequence[np.ndarray], request: PredictionRequest, count: int
    ) -> list[Prediction]:
        """Predictions of one photo that differ, drawn with the seeds from the request's on.

        The network reads the photo once. Colors of a distribution are drawn at `DRAWN_AT`, unless
        the request has another temperature than the model's own.

        Args:
            scales: as of `predict_photo`.
            request: resolved for the model.
            count: how many.

        Raises:
            ColorizerError: if the model gives one answer alone, and as of `predict`.
        """
        seeds = range(request.seed, request.seed + count)
        if isinstance(self._run, DiffusionRun):
            taken = np.ascontiguousarray(scales[0][None, ..., None], np.float32)
            drawn = self._run.variants(taken, request, seeds)
            return [self._prediction(scales[0], each, request) for each in drawn]
        first = self.predict_photo(scales, request)
        distribution = first.distribution
        if distribution is None:
            raise ColorizerError(
                f"the model {self._info.get('name', '')} predicts one color, not a distribution, "
                "and has no variants: choose another --model, such as cnn"
            )
        own = request.temperature == self._info["temperature"]
        temperature = DRAWN_AT if own else float(request.temperature or DRAWN_AT)
        return [
            dataclasses.replace(first, ab=draw_ab(distribution, first.lightness, seed, temperature))
            for seed in seeds
        ]

    def _outputs(self, lightness: np.ndarray, request: PredictionRequest) -> dict[str, np.ndarray]:
        outputs = self._run(np.ascontiguousarray(lightness[..., None], np.float32), request)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            raise ColorizerError(
                f"the model {self._info.get('name', '')} gave values that are not finite: train or "
                "export it again"
            )
        return outputs

    def _lengthened(self, lightness: np.ndarray) -> np.ndarray:
        """Reflected to multiples of the stride, so that cells align with the mirrored photo's."""
        pads = [(0, -side % self._stride) for side in lightness.shape[1:]]
        return np.pad(lightness, [(0, 0), *pads], "reflect")

    def _prediction(
        self, lightness: np.ndarray, output: Mapping[str, np.ndarray], request: PredictionRequest
    ) -> Prediction:
        height, width = lightness.shape
        features = output.get(HINT_FEATURES)
        if LOGITS not in output:
            ab = np.ascontiguousarray(output[AB][:height, :width])
            likely = None
            if LIKELY in output and self._classes:
                likely = ColorDistribution(output[LIKELY], self._classes, height, width)
            return Prediction(lightness, ab, self._ab_stride, hint_features=features, likely=likely)
        logits, classes = output[LOGITS], self._classes
        if classes is None or request.temperature is None or logits.shape[-1] != classes.count:
            raise ColorizerError(
                f"the model {self._info.get('name', '')} gives {logits.shape[-1]} color classes, "
                f"which its {model_json.FILE} does not describe: export the run again"
            )
        distribution = ColorDistribution(logits, classes, height, width)
        ab = distribution.ab(request.temperature)
        return Prediction(lightness, ab, self._ab_stride, distribution, features)


def _mean_over_mirrored(
    upright: Mapping[str, np.ndarray], mirrored: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The means of ab and of features, and of probabilities as logits."""
    back = {name: values[:, :, ::-1] for name, values in mirrored.items()}
    means = {name: (values + back[name]) / 2 for name, values in upright.items()}
    if LOGITS in upright:
        pair = [log_probabilities(outputs[LOGITS]) for outputs in (upright, back)]
        means[LOGITS] = np.logaddexp(*pair) - np.float32(np.log(2))
    return means
