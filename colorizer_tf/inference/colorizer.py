"""The Python API: a saved model that colors photos at their own size, on their own lightness."""

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any, Literal, overload

import cv2
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.color.merge import gray_of, merge_photo, small_lightness
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import find_model
from colorizer_tf.inference.guidance import Guidance, Guided, guided
from colorizer_tf.inference.hints.hint import Hint
from colorizer_tf.inference.photos import FLOAT_CODES, Photo, as_codes, read_pixels
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.predictor import Predictor
from colorizer_tf.inference.reference import Reference
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.restoration import Restored, restore
from colorizer_tf.inference.runtimes import load_runtime

MAX_STRENGTH = 2.0


class Colorizer:
    """Colors photos with a model that ships or `colorizer-tf export` wrote. Threads may share it.

    `colorize` is `predict`, then `merge`; what changes colors acts on the `Prediction` in between.
    With `restore` in the request, `restoration.restore` comes before both.

    Attributes:
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
        folder = find_model(model)
        self.info = model_json.read_info(folder)
        self.name = str(self.info.get("name", folder.name))
        self.request = PredictionRequest(**request).resolved(self.info)
        self.runtime, run = load_runtime(folder, runtime, threads, self.info)
        self._predictor = Predictor(run, self.info)
        self._last_reference: tuple[Any, Reference] | None = None

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
        changed = dataclasses.replace(self.request, **request).resolved(self.info)
        restored = self.restored(pixels, changed) if changed.restore else None
        picture = restored.picture if restored else pixels
        prediction = None
        moved = restored.moved(hints) if restored else hints
        guidance = Guidance(tuple(moved), tuple(palette), os.fspath(reference))
        if guidance:
            found = self.guide(picture, guidance, strength=strength, request=changed)
            prediction, strength = found.prediction, 1.0
        elif strength or return_confidence:
            prediction = self.predict(picture, changed)
        if restored:
            colored = restored.framed(self.merge(picture, prediction, strength=strength))
            colored = _as_given(colored, pixels.dtype, out)
        else:
            colored = self.merge(pixels, prediction, strength=strength, out=out)
        if not return_confidence or prediction is None:
            return colored
        sure = self.confidence(picture, prediction)
        return colored, restored.padded(sure) if restored else sure

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
        restored = self.restored(pixels, changed) if changed.restore else None
        picture = restored.picture if restored else pixels
        predictions = self.predict_variants(picture, count, changed)
        pictures = [self.merge(picture, each, strength=strength) for each in predictions]
        if restored is None:
            return pictures
        return [_as_given(restored.framed(each), pixels.dtype, None) for each in pictures]

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
        return self._predictor.variants(self._scales(photo, request), request, count)

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
        return self._predictor.predict_photo(self._scales(photo, request), request)

    def lightness(self, photo: Photo, request: PredictionRequest | None = None) -> np.ndarray:
        """The photo's L* at the network's scale: what `predict` gives the network."""
        return self._scales(photo, request or self.request)[0]

    def _scales(self, photo: Photo, request: PredictionRequest) -> list[np.ndarray]:
        """The photo's L* at the network's scale, and at the trained one where both count."""
        pixels = as_codes(read_pixels(photo))
        sizes = [request.size or self.size]
        sizes += [self.info["trained_at"]] if request.blends(self.info) else []
        sides = [network_sides(pixels.shape[0], pixels.shape[1], size) for size in sizes]
        return [small_lightness(pixels, *each) for each in sides]

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
        _check_strength(strength)
        pixels = as_codes(read_pixels(photo))
        prediction = prediction or self.predict(pixels, request)
        prediction = dataclasses.replace(prediction, ab=prediction.ab * np.float32(strength))
        reference = self._reference(guidance, request) if guidance.reference else None
        return guided(prediction, pixels, guidance, model_json.hint_kernel(self.info), reference)

    def _reference(self, guidance: Guidance, request: PredictionRequest | None) -> Reference:
        """The color photo of a guidance, kept for the photos to come."""
        key = (guidance.reference, guidance.reference_digest, request)
        known = self._last_reference
        if known is None or known[0] != key:
            pixels = as_codes(read_pixels(guidance.reference))
            if pixels.ndim == 2:
                raise ColorizerError(f"reference: {guidance.reference} is gray, expected color")
            known = key, Reference.of(pixels, self.predict(pixels, request))
            self._last_reference = known
        return known[1]

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

    @staticmethod
    def merge(
        photo: Photo,
        prediction: Prediction | None,
        *,
        strength: float = 1.0,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """The photo on its own L*, exactly, with predicted a* and b* that stop at its edges.

        Args:
            photo: see `colorize`.
            prediction: of this photo; None gives the gray photo.
            strength: see `colorize`.
            out: see `colorize`.

        Returns:
            See `colorize`.

        Raises:
            ImageError: if it is no photo; the message is the reason.
            ColorizerError: if `strength` is outside of its range or `out` does not fit.
        """
        _check_strength(strength)
        array = read_pixels(photo)
        pixels, floats = as_codes(array), array.dtype.kind == "f"
        if out is not None:
            _check_out(out, pixels.shape[:2], np.dtype(np.float32) if floats else pixels.dtype)
        if prediction is None or strength == 0:
            colored = gray_of(pixels)
        else:
            colored = merge_photo(
                pixels,
                prediction.lightness,
                prediction.ab * strength,
                ab_stride=prediction.ab_stride,
                out=None if floats else out,
            )
        if floats:
            return np.divide(colored, np.float32(FLOAT_CODES), out=out)
        if out is not None and colored is not out:
            out[...] = colored
        return colored if out is None else out


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which a photo's color is predicted.

    The aspect is kept and the area becomes `size` squared; no side is under 1, so none is over
    `size` squared, however long and thin the photo.
    """
    factor = size / math.sqrt(height * width)
    high, wide = (min(max(round(side * factor), 1), size * size) for side in (height, width))
    return high, wide


def _check_strength(strength: float) -> None:
    if not 0 <= strength <= MAX_STRENGTH:
        raise ColorizerError(f"strength: received {strength}, expected 0 to {MAX_STRENGTH:g}")


def _as_given(codes: np.ndarray, dtype: np.dtype, out: np.ndarray | None) -> np.ndarray:
    """A picture as `colorize` gives it of a photo of this dtype."""
    picture = np.divide(codes, np.float32(FLOAT_CODES)) if dtype.kind == "f" else codes
    if out is None:
        return picture
    _check_out(out, picture.shape[:2], picture.dtype)
    out[...] = picture
    return out


def _check_out(out: np.ndarray, sides: tuple[int, ...], dtype: np.dtype) -> None:
    wanted = (*sides, 3)
    if (out.shape, out.dtype) != (wanted, dtype) or not out.flags.writeable:
        kind = "" if out.flags.writeable else "read-only "
        raise ColorizerError(
            f"out: received a {kind}{out.dtype} array of shape {out.shape}, expected a writeable "
            f"{dtype} one of shape {wanted}"
        )
