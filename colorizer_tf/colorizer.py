"""The Python API: a saved model that colours photos at their own size, on their own lightness."""

import json
import math
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from colorizer_tf import color, images
from colorizer_tf.errors import ColorizerError, ImageError

FORMAT_VERSION = 1
SIGNATURE = "predict_ab"

# Pixels merged at once: what bounds the memory beyond the photo, its L and the result.
_STRIP_PIXELS = 2**18
_MAX_JSON_BYTES = 2**20

Photo = np.ndarray | str | os.PathLike[str] | bytes


class Colorizer:
    """Colours photos with a model that `colorizer-tf export` wrote.

    Attributes:
        info: what `model.json` says of the model.
        size: the scale at which colour is predicted: photos are brought to the area of a square
            with this side.
    """

    def __init__(self, model: str | os.PathLike[str], *, size: int | None = None) -> None:
        """Load a model.

        Args:
            model: its folder, such as `savedmodels/NAME`.
            size: predict at this scale instead of the model's own.

        Raises:
            ColorizerError: if the folder holds no model that this version can run.
        """
        folder = Path(model)
        self.info = _read_info(folder)
        self.size = size or int(self.info["size"])
        self._predict_ab, self._loaded = _load_signature(folder)

    def colorize(self, photo: Photo) -> np.ndarray:
        """The photo in colour: its own L* and pixel size, predicted a* and b*.

        Args:
            photo: an array `(h, w)`, `(h, w, 1)` or `(h, w, 3)` of uint8, uint16, or floats in
                [0, 1], gray or sRGB; or a file's path, or its content as bytes.

        Returns:
            `(h, w, 3)` uint8 sRGB. A photo that has colour is coloured anew from its L* alone.

        Raises:
            ImageError: if it is not such an array or file; the message is the reason.
        """
        rgb = _as_rgb(photo)
        height, width = rgb.shape[:2]
        lightness = np.empty((height, width, 1), np.float32)
        for rows in _strips(height, width):
            lightness[rows] = color.rgb_to_lightness(rgb[rows])
        ab = self._predict_small(lightness)
        coloured = np.empty((height, width, 3), np.uint8)
        for rows in _strips(height, width):
            merged = color.merge_lab(lightness[rows], _rows_resized(ab, rows, height, width))
            coloured[rows] = np.rint(merged * 255.0)
        return coloured

    def predict_ab(self, lightness: np.ndarray) -> np.ndarray:
        """What the network predicts at the size given.

        Args:
            lightness: `(n, h, w, 1)` floats, L* in [0, 100].

        Returns:
            `(n, h, w, 2)` float32, a* and b*.
        """
        batch = tf.constant(lightness, tf.float32)
        return np.asarray(self._predict_ab(lightness=batch)["ab"])

    def _predict_small(self, lightness: np.ndarray) -> np.ndarray:
        height, width = network_sides(lightness.shape[0], lightness.shape[1], self.size)
        small = _resized(lightness, height, width)
        return self.predict_ab(small.reshape(1, height, width, 1))[0]


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which a photo's colour is predicted.

    The aspect is kept and the area becomes `size` squared; no side is under 1, so none is over
    `size` squared, however long and thin the photo.
    """
    factor = size / math.sqrt(height * width)
    high, wide = (min(max(round(side * factor), 1), size * size) for side in (height, width))
    return high, wide


def _as_rgb(photo: Photo) -> np.ndarray:
    """The photo as `(h, w, 3)`: uint8, uint16 or floats; gray ones are a view, not a copy."""
    if isinstance(photo, bytes):
        return images.decode_image(photo)
    if isinstance(photo, (str, os.PathLike)):
        return images.decode_image(images.read_file(Path(photo)))
    array = np.asarray(photo)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3) or 0 in array.shape:
        raise ImageError(
            f"received an array of shape {np.shape(photo)}, expected (h, w), (h, w, 1) or (h, w, 3)"
        )
    if array.dtype.kind == "f":
        # Written so that NaN fails it too.
        if not (array.min() >= 0 and array.max() <= 1):
            raise ImageError("received floats outside of [0, 1]: divide by the largest value first")
        array = array.astype(np.float32, copy=False)
    elif array.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"received {array.dtype} pixels, expected uint8, uint16 or floats")
    return np.broadcast_to(array, (*array.shape[:2], 3))


def _strips(height: int, width: int) -> list[slice]:
    step = max(_STRIP_PIXELS // width, 1)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


def _resized(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """The array at another size, antialiased where it shrinks."""
    shrinks = height * width < array.shape[0] * array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(array, (width, height), interpolation=how)
    return resized.reshape(height, width, array.shape[-1])


def _rows_resized(ab: np.ndarray, rows: slice, height: int, width: int) -> np.ndarray:
    """Some rows of what `_resized(ab, height, width)` gives, without the others."""
    if height * width <= ab.shape[0] * ab.shape[1]:
        return _resized(ab, height, width)[rows]
    # Pixel centres lie at half integers; beyond the outermost ones the edge goes on.
    at = (np.arange(rows.start, rows.stop) + 0.5) * (ab.shape[0] / height) - 0.5
    at = np.clip(at, 0, ab.shape[0] - 1)
    above = at.astype(np.intp)
    below = np.minimum(above + 1, ab.shape[0] - 1)
    share = (at - above).astype(np.float32)[:, None, None]
    needed = ab[above[0] : below[-1] + 1]
    wide = _resized(needed, len(needed), width)
    upper, lower = wide[above - above[0]], wide[below - above[0]]
    return upper + (lower - upper) * share


def _read_info(folder: Path) -> dict[str, Any]:
    made_by = "colorizer-tf export RUN makes one"
    if not folder.is_dir():
        raise ColorizerError(f"no model folder at {folder}: {made_by}")
    if not (folder / "saved_model.pb").is_file():
        raise ColorizerError(f"{folder} is not a SavedModel, it has no saved_model.pb: {made_by}")
    path = folder / "model.json"
    if not path.is_file():
        raise ColorizerError(f"{folder} has no model.json, so nothing tells its scale: {made_by}")
    try:
        with path.open("rb") as file:
            info = json.loads(file.read(_MAX_JSON_BYTES))
        version, size = int(info["format_version"]), int(info["size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ColorizerError(f"{path} cannot be read ({error!r}): export the run again") from error
    if version > FORMAT_VERSION:
        raise ColorizerError(
            f"{path} has format version {version} and this colorizer-tf reads up to "
            f"{FORMAT_VERSION}: pip install --upgrade colorizer-tf"
        )
    if size < 1:
        raise ColorizerError(f"{path} gives the size {size}, expected at least 1")
    return dict(info)


def _load_signature(folder: Path) -> tuple[Any, Any]:
    """The signature, and the loaded object, which must outlive it: it owns the variables."""
    try:
        loaded = tf.saved_model.load(str(folder))
    # A damaged SavedModel makes TensorFlow raise nearly anything, DecodeError of protobuf too.
    except Exception as error:
        raise ColorizerError(
            f"the SavedModel in {folder} cannot be loaded, export the run again: {error}"
        ) from error
    if SIGNATURE not in loaded.signatures:
        found = ", ".join(sorted(loaded.signatures)) or "none"
        raise ColorizerError(
            f"the SavedModel in {folder} has the signatures: {found}; {SIGNATURE} is missing: "
            "export the run again with colorizer-tf export"
        )
    return loaded.signatures[SIGNATURE], loaded
