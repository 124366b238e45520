"""The Python API: a saved model that colors photos at their own size, on their own lightness."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, Literal, overload

import cv2
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import find_model
from colorizer_tf.inference.guidance import Guidance, Guided, guided
from colorizer_tf.inference.hints.hint import Hint
from colorizer_tf.inference.merging import as_given, check_out, check_strength, merge
from colorizer_tf.inference.photos import Photo, as_codes, read_pixels
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.predictor import Predictor
from colorizer_tf.inference.reference import LastReference, Reference
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.restoration import Restored, restore
from colorizer_tf.inference.runtimes import load_runtime
from colorizer_tf.inference.scales import lightness_at_scales


class Colorizer:
    """Colors photos with a model that ships or `colorizer-tf export` wrote. Threads may share it.

    `colorize` is `predict`, then `merge`; what changes colors acts on the `Prediction` in between.
    `restored` comes before both, and gives the photo itself if nothing is to be restored.

    Attributes:
        folder: the model's.
        info: what `model.json` says of the model.
        name: the model's name.
        request: defaults of all calls.
        runtime: what runs the network, "onnx" or "tensorflow".
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        runtime: str = "auto",
        threads: int | None = None,
        **request: Any,
    ) -> None:
        """Load a model.

        Args:
            model: its folder, such as `savedmodels/mine`, or its name; by default the best of those
                that ship. See `catalog.find_model`.
            runtime: "auto", "onnx" or "tensorflow", see `runtimes.load_runtime`.
            threads: threads that ONNX Runtime takes for one photo; all cores by default.
            **request: fields of `PredictionRequest` for all calls, such as `size=256`.

        Raises:
            ColorizerError: if there is no such model, the folder holds none that this version can
                run, or the model cannot do what the request asks for.
        """
        self.folder = folder = find_model(model)
        self.info = model_json.read_info(folder)
        self.name = str(self.info.get("name", folder.name))
        self.request = PredictionRequest(**request).resolved(self.info)
        self.runtime, run = load_runtime(folder, runtime, threads, self.info)
        self._predictor = Predictor(run, self.info)
        self._reference = LastReference()

    @property
    def size(self) -> int:
        """The scale at which color is predicted, see `PredictionRequest`."""
        return int(self.request.size or self.info["size"])

    @property
    def identity(self) -> str:
        """A digest of the model and the request, on which alone its colors depend."""
        return self.request.identity(self.info)

    @overload
    def colorize(
        self,
        photo: Photo,
        *,
        strength: float = ...,
        hints: Sequence[Hint] = ...,
        palette: Sequence[str] = ...,
        reference: str | os.PathLike[str] = ...,
        out: np.ndarray | None = ...,
        return_confidence: Literal[False] = ...,
        **request: Any,
    ) -> np.ndarray: ...

    @overload
    def colorize(
        self,
        photo: Photo,
        *,
        strength: float = ...,
        hints: Sequence[Hint] = ...,
        palette: Sequence[str] = ...,
        reference: str | os.PathLike[str] = ...,
        out: np.ndarray | None = ...,
        return_confidence: Literal[True],
        **request: Any,
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def colorize(
        self,
        photo: Photo,
        *,
        strength: float = 1.0,
        hints: Sequence[Hint] = (),
        palette: Sequence[str] = (),
        reference: str | os.PathLike[str] = "",
        out: np.ndarray | None = None,
        return_confidence: bool = False,
        **request: Any,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """The photo in color: its own L* and pixel size, predicted a* and b*.

        Args:
            photo: an array `(h, w)`, `(h, w, 1)` or `(h, w, 3)` of uint8, uint16, or floats in
                [0, 1], gray or sRGB; what `images.decode_photo` gave; or a file's path, or its
                content as bytes.
            strength: factor of the predicted a* and b*, 0 to 2; 0 gives the gray photo.
            hints: colors in places of the photo, which the strength leaves as they are.
            palette: colors to draw the others toward, written as in hints.
            reference: file of a color photo whose colors are carried over.
            out: an array to write to, of the result's shape and dtype; may be the photo itself.
            return_confidence: whether to tell how sure the model is, too.
            **request: fields of `PredictionRequest` for this photo, such as `temperature=0.4`.

        Returns:
            `(h, w, 3)` sRGB of the photo's own dtype, uint8 or uint16; floats give float32. A photo
            that has color is recolored from its L* alone; a file's transparency is left out.
            With `return_confidence` a pair of it and `(h, w)` float32, 0 to 1: see `confidence`.

        Raises:
            ImageError: if it is not such an array or file; the message is the reason.
            ColorizerError: if `strength` is outside of its range, `out` does not fit, a hint lies
                outside of the photo, the model cannot do what the request asks for, or its output
                is not finite.
        """
        pixels = read_pixels(photo)
        check_strength(strength)
        check_out(out, pixels)
        changed = dataclasses.replace(self.request, **request).resolved(self.info)
        restored = self.restored(pixels, changed)
        picture = restored.picture
        guidance = Guidance(tuple(restored.moved(hints)), tuple(palette), os.fspath(reference))
        needed = bool(strength or guidance or return_confidence)
        prediction = self.predict(picture, changed) if needed else None
        if prediction and guidance:
            found = self.guide(
                picture, guidance, strength=strength, request=changed, prediction=prediction
            )
            prediction, strength = found.prediction, 1.0
        direct = out if restored.is_whole and pixels.dtype.kind == "u" else None
        colored = restored.framed(self.merge(picture, prediction, strength=strength, out=direct))
        colored = as_given(colored, pixels.dtype, out)
        if not return_confidence or prediction is None:
            return colored
        return colored, restored.padded(self.confidence(picture, prediction))

    def variants(
        self, photo: Photo, count: int, seed: int = 0, *, strength: float = 1.0, **request: Any
    ) -> list[np.ndarray]:
        """The photo in several colors that are likely, drawn at random.

        Args:
            photo: see `colorize`.
            count: how many.
            seed: of the first; the next ones have the seeds that follow. The same seed gives the
                same picture, whatever the count.
            strength: see `colorize`.
            **request: see `colorize`.

        Returns:
            Pictures as `colorize` gives them.

        Raises:
            ImageError: see `colorize`.
            ColorizerError: if the model gives one answer alone, and as of `colorize`.
        """
        pixels = read_pixels(photo)
        changed = dataclasses.replace(self.request, seed=seed, **request).resolved(self.info)
        restored = self.restored(pixels, changed)
        predictions = self.predict_variants(restored.picture, count, changed)
        pictures = [self.merge(restored.picture, each, strength=strength) for each in predictions]
        return [as_given(restored.framed(each), pixels.dtype, None) for each in pictures]

    def predict_variants(
        self, photo: Photo, count: int, request: PredictionRequest | None = None
    ) -> list[Prediction]:
        """Colors of a photo at the network's scale that differ; see `variants`.

        Args:
            photo: see `colorize`.
            count: how many.
            request: has the seed of the first; by default the attribute `request`.
        """
        if count < 1:
            raise ColorizerError(f"variants: received {count}, expected at least 1")
        request = self.request if request is None else request.resolved(self.info)
        scales = lightness_at_scales(as_codes(read_pixels(photo)), request, self.info)
        return self._predictor.variants(scales, request, count)

    @staticmethod
    def confidence(photo: Photo, prediction: Prediction) -> np.ndarray:
        """How sure the model is of each pixel's color: `(h, w)` float32, 0 to 1, at photo size.

        Where it is surest its error is smallest; it is no probability. Of a distribution over
        classes it is 1 less the entropy, as a share of the largest one.

        Args:
            photo: see `colorize`.
            prediction: of this photo.

        Raises:
            ColorizerError: if the model predicts no distribution.
        """
        height, width = read_pixels(photo).shape[:2]
        return cv2.resize(prediction.confidence(), (width, height))

    def restored(self, photo: Photo, request: PredictionRequest | None = None) -> Restored:
        """The photo as the request's `restore` puts it right, and the picture in it to color.

        `predict`, `guide` and `variants` are then given that picture, and `framed` its color.

        Args:
            photo: see `colorize`.
            request: by default the attribute `request`.
        """
        return restore(as_codes(read_pixels(photo)), (request or self.request).restore)

    def predict(self, photo: Photo, request: PredictionRequest | None = None) -> Prediction:
        """The color of a photo at the network's scale.

        Args:
            photo: see `colorize`.
            request: by default the attribute `request`.

        Raises:
            ImageError: if it is no photo; the message is the reason.
            ColorizerError: if the model cannot do what the request asks for, or gives values that
                are not finite.
        """
        request = self.request if request is None else request.resolved(self.info)
        scales = lightness_at_scales(as_codes(read_pixels(photo)), request, self.info)
        return self._predictor.predict_photo(scales, request)

    def lightness(self, photo: Photo, request: PredictionRequest | None = None) -> np.ndarray:
        """The photo's L* at the network's scale: what `predict` gives the network."""
        pixels = as_codes(read_pixels(photo))
        return lightness_at_scales(pixels, request or self.request, self.info)[0]

    def guide(
        self,
        photo: Photo,
        guidance: Guidance,
        *,
        strength: float = 1.0,
        request: PredictionRequest | None = None,
        prediction: Prediction | None = None,
    ) -> Guided:
        """The prediction with the colors that a person gave, to be merged in full strength.

        Args:
            photo: see `colorize`.
            guidance: what the person said.
            strength: of the model's own color.
            request: as of `predict`.
            prediction: of this photo, such as a variant; by default that of `predict`.

        Raises:
            ImageError, ColorizerError: see `colorize`.
        """
        check_strength(strength)
        pixels = as_codes(read_pixels(photo))
        prediction = prediction or self.predict(pixels, request)
        prediction = dataclasses.replace(prediction, ab=prediction.ab * np.float32(strength))
        reference = self._read_reference(guidance, request) if guidance.reference else None
        return guided(prediction, pixels, guidance, model_json.hint_kernel(self.info), reference)

    def _read_reference(self, guidance: Guidance, request: PredictionRequest | None) -> Reference:
        """The color photo of a guidance, kept for the photos to come."""
        key = (guidance.reference, guidance.reference_digest, request)
        return self._reference.get(key, lambda pixels: self.predict(pixels, request))

    def predict_lightness(
        self, lightness: np.ndarray, request: PredictionRequest | None = None
    ) -> list[Prediction]:
        """The color of several photos of one size, predicted at that size together.

        Args:
            lightness: `(n, h, w)` floats, L* in [0, 100]; `network_sides` gives the sides that the
                model predicts best at.
            request: as of `predict`; its size counts for nothing.
        """
        request = self.request if request is None else request.resolved(self.info)
        return self._predictor.predict(np.asarray(lightness, np.float32), request)

    def predict_ab(self, lightness: np.ndarray) -> np.ndarray:
        """What the network predicts at the size given.

        Args:
            lightness: `(n, h, w, 1)` floats, L* in [0, 100].

        Returns:
            `(n, h, w, 2)` float32, a* and b*.
        """
        predictions = self.predict_lightness(np.asarray(lightness)[..., 0])
        return np.stack([prediction.ab for prediction in predictions])

    merge = staticmethod(merge)
