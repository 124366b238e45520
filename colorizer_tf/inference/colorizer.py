"""The Python API: a saved model that colors photos at their own size, on their own lightness."""

import copy
import math
import os
from pathlib import Path

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError
from colorizer_tf.color.merge import gray_of, merge_photo, small_lightness
from colorizer_tf.inference import model_json
from colorizer_tf.inference.catalog import find_model
from colorizer_tf.inference.runtimes import load_runtime

MAX_STRENGTH = 2.0

# Floats are taken as 16-bit codes: finer than any eye, and than what a merge in float32 would give.
_FLOAT_CODES = 65535

Photo = np.ndarray | images.Photo | str | os.PathLike[str] | bytes


class Colorizer:
    """Colors photos with a model that ships or `colorizer-tf export` wrote. Threads may share it.

    Attributes:
        info: what `model.json` says of the model.
        name: the model's name.
        size: the scale at which color is predicted: photos are brought to the area of a square
            with this side.
        runtime: what runs the network, "onnx" or "tensorflow".
        identity: a digest of the model and the scale, on which alone its colors depend.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        size: int | None = None,
        runtime: str = "auto",
        threads: int | None = None,
    ) -> None:
        """Load a model.

        Args:
            model: its folder, such as `savedmodels/mine`, or its name; by default the best of those
                that ship. `catalog.find_model` tells which one is meant.
            size: predict at this scale instead of the model's own.
            runtime: "auto", "onnx" or "tensorflow", see `runtimes.load_runtime`.
            threads: threads that ONNX Runtime takes for one photo; all cores by default.

        Raises:
            ColorizerError: if there is no such model, the folder holds none that this version can
                run, or `size` is not in 1 to 4096.
        """
        folder = find_model(model)
        self.info = model_json.read_info(folder)
        self.name = str(self.info.get("name", folder.name))
        self.size = _checked_size(size) if size is not None else self.info["size"]
        self.identity = model_json.identity(self.info, self.size)
        self.runtime, self._predict_ab = load_runtime(folder, runtime, threads)

    def colorize(
        self, photo: Photo, *, strength: float = 1.0, out: np.ndarray | None = None
    ) -> np.ndarray:
        """The photo in color: its own L* and pixel size, predicted a* and b*.

        Args:
            photo: an array `(h, w)`, `(h, w, 1)` or `(h, w, 3)` of uint8, uint16, or floats in
                [0, 1], gray or sRGB; what `images.decode_photo` gave; or a file's path, or its
                content as bytes.
            strength: factor of the predicted a* and b*, 0 to 2; 0 gives the gray photo.
            out: an array to write to, of the result's shape and dtype; may be the photo itself.

        Returns:
            `(h, w, 3)` sRGB of the photo's own dtype, uint8 or uint16; floats give float32. A photo
            that has color is colored anew from its L* alone; a file's transparency is left out.

        Raises:
            ImageError: if it is not such an array or file; the message is the reason.
            ColorizerError: if `strength` is outside of its range, `out` does not fit, or the model
                gives what is no color.
        """
        if not 0 <= strength <= MAX_STRENGTH:
            raise ColorizerError(f"strength: received {strength}, expected 0 to {MAX_STRENGTH:g}")
        pixels, floats = _as_codes(photo)
        if out is not None:
            _check_out(out, pixels.shape[:2], np.dtype(np.float32) if floats else pixels.dtype)
        if strength == 0:
            colored = gray_of(pixels)
        else:
            lightness, ab = self._predict_small(pixels)
            stride, into = self.info["ab_stride"], None if floats else out
            colored = merge_photo(pixels, lightness, ab * strength, ab_stride=stride, out=into)
        if floats:
            return np.divide(colored, np.float32(_FLOAT_CODES), out=out)
        if out is not None and colored is not out:
            out[...] = colored
        return colored if out is None else out

    def at_size(self, size: int) -> "Colorizer":
        """The same model, loaded once, that predicts at another scale.

        Raises:
            ColorizerError: if `size` is not in 1 to 4096.
        """
        other = copy.copy(self)
        other.size = _checked_size(size)
        other.identity = model_json.identity(self.info, other.size)
        return other

    def predict_ab(self, lightness: np.ndarray) -> np.ndarray:
        """What the network predicts at the size given.

        Args:
            lightness: `(n, h, w, 1)` floats, L* in [0, 100].

        Returns:
            `(n, h, w, 2)` float32, a* and b*.
        """
        return self._predict_ab(np.asarray(lightness, np.float32))

    def _predict_small(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """L* at the network's scale, `(hs, ws)`, and the ab predicted from it."""
        height, width = network_sides(pixels.shape[0], pixels.shape[1], self.size)
        lightness = small_lightness(pixels, height, width)
        ab = self.predict_ab(lightness[None, ..., None])[0]
        if not np.isfinite(ab).all():
            raise ColorizerError(
                f"the model {self.name} gave values that are not finite: train or export it again"
            )
        return lightness, ab


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which a photo's color is predicted.

    The aspect is kept and the area becomes `size` squared; no side is under 1, so none is over
    `size` squared, however long and thin the photo.
    """
    factor = size / math.sqrt(height * width)
    high, wide = (min(max(round(side * factor), 1), size * size) for side in (height, width))
    return high, wide


def _checked_size(size: int) -> int:
    if not (isinstance(size, (int, np.integer)) and 1 <= size <= model_json.MAX_SIZE):
        raise ColorizerError(f"size: received {size!r}, expected 1 to {model_json.MAX_SIZE}")
    return int(size)


def _check_out(out: np.ndarray, sides: tuple[int, ...], dtype: np.dtype) -> None:
    wanted = (*sides, 3)
    if (out.shape, out.dtype) != (wanted, dtype) or not out.flags.writeable:
        kind = "" if out.flags.writeable else "read-only "
        raise ColorizerError(
            f"out: received a {kind}{out.dtype} array of shape {out.shape}, expected a writeable "
            f"{dtype} one of shape {wanted}"
        )


def _as_codes(photo: Photo) -> tuple[np.ndarray, bool]:
    """The photo as `(h, w)` or `(h, w, 3)` uint8 or uint16, and whether it was floats."""
    if isinstance(photo, (str, os.PathLike)):
        return _read(Path(photo)), False
    if isinstance(photo, (bytes, bytearray, memoryview)):
        return images.decode_photo(bytes(photo)).pixels, False
    array = photo.pixels if isinstance(photo, images.Photo) else np.asarray(photo)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)) or 0 in array.shape:
        raise ImageError(
            f"received an array of shape {array.shape}, expected (h, w), (h, w, 1) or (h, w, 3)"
        )
    if array.dtype.kind == "f":
        # Written so that NaN fails it too.
        if not (array.min() >= 0 and array.max() <= 1):
            raise ImageError("received floats outside of [0, 1]: divide by the largest value first")
        return np.rint(array * np.float32(_FLOAT_CODES)).astype(np.uint16), True
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise ImageError(f"received {array.dtype} pixels, expected uint8, uint16 or floats")
    return array.astype(array.dtype.newbyteorder("="), copy=False), False


def _read(path: Path) -> np.ndarray:
    try:
        return images.decode_photo(images.read_file(path)).pixels
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error
