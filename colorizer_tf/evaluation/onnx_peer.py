"""Colorizers of other projects in ONNX files, run as the description beside each file says."""

import math
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from colorizer_tf import color
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation.entries import merged
from colorizer_tf.evaluation.onnx_format import InputFormat, OutputFormat, read_description
from colorizer_tf.evaluation.protocol import Photo, resized


class OnnxPeer:
    """A colorizer in an ONNX file.

    Args:
        name: of the entry.
        path: the file; its description has the same name with the suffix `.toml`.

    Raises:
        ColorizerError: if either cannot be read.
    """

    kind = "onnx"

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        if not path.is_file():
            raise ColorizerError(f"no ONNX file at {path}")
        self.takes, self.gives = read_description(path.with_suffix(".toml"))
        self._session = _session(path)
        self._running = threading.Lock()

    @property
    def size(self) -> int:
        """Root of the input's area, in pixels; 0 if it takes photos at their own size."""
        return round(math.sqrt(self.takes.size[0] * self.takes.size[1]))

    @property
    def description(self) -> str:
        """Input and output."""
        sides = f"{self.size} px" if self.size else "the photo's size"
        return f"{self.path.name}: {self.takes.color} at {sides} to {self.gives.color}"

    def picture(self, index: int, photo: Photo) -> np.ndarray:  # noqa: ARG002
        """The gray input, colored.

        Raises:
            ColorizerError: if the network fails or its output is not as described.
        """
        return self.colorize(photo.gray)

    def colorize(self, gray: np.ndarray) -> np.ndarray:
        """A gray `(h, w, 3)` uint8 picture, colored."""
        tensor, kept = as_input(gray, self.takes)
        try:
            with self._running:
                names = [self._session.get_inputs()[0].name]
                answer = self._session.run(None, {names[0]: tensor})[0]
        # onnxruntime's errors have no common base class but Exception.
        except Exception as error:
            raise ColorizerError(f"{self.path.name} fails: {str(error)[:200]}") from error
        high, wide = tensor.shape[2:] if self.takes.layout == "nchw" else tensor.shape[1:3]
        found = _planes(answer, self.gives)
        if found.shape[:2] != (high, wide):
            found = resized(found, high, wide)
        return _as_picture(found[kept], self.gives, gray)


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise ColorizerError("ONNX files need onnxruntime: pip install onnxruntime") from None
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ColorizerError(f"{path} cannot be loaded: {str(error)[:200]}") from error
    if len(session.get_inputs()) != 1:
        names = ", ".join(each.name for each in session.get_inputs())
        raise ColorizerError(f"{path} has the inputs {names}; expected one: export it with one")
    return session


def as_input(gray: np.ndarray, takes: InputFormat) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The input tensor for a gray picture, and the slices of it without padding.

    Args:
        gray: `(h, w, 3)` uint8.
        takes: the description.
    """
    if takes.color == "L":
        channels = color.rgb_to_lightness(gray) / np.float32(100)
    else:
        channels = gray.astype(np.float32) / np.float32(255)
    high, wide, sides = _target(gray.shape[0], gray.shape[1], takes)
    channels = resized(channels, high, wide).reshape(high, wide, -1)
    top, left = (sides[0] - high) // 2, (sides[1] - wide) // 2
    if (high, wide) != sides:
        bottom, right = sides[0] - high - top, sides[1] - wide - left
        channels = cv2.copyMakeBorder(channels, top, bottom, left, right, cv2.BORDER_REFLECT)
        channels = channels.reshape(*sides, -1)
    low, white = takes.range
    channels = (channels * (white - low) + low - np.array(takes.mean)) / np.array(takes.std)
    tensor = channels.astype(np.float32)[None]
    if takes.layout == "nchw":
        tensor = np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))
    return tensor, (slice(top, top + high), slice(left, left + wide))


def _target(height: int, width: int, takes: InputFormat) -> tuple[int, int, tuple[int, int]]:
    """Height and width of the picture in the tensor, and those of the tensor."""
    step = takes.multiple_of
    sides = takes.size
    if not (sides[0] and sides[1]):
        sides = (-(-height // step) * step, -(-width // step) * step)
        if takes.fit == "pad":
            return height, width, sides
    if takes.fit == "stretch":
        return *sides, sides
    scale = min(sides[0] / height, sides[1] / width)
    high = min(sides[0], max(1, round(height * scale)))
    wide = min(sides[1], max(1, round(width * scale)))
    return high, wide, sides


def _as_picture(planes: np.ndarray, gives: OutputFormat, gray: np.ndarray) -> np.ndarray:
    height, width = gray.shape[:2]
    if gives.color == "ab":
        ab = planes * np.float32(gives.unit)
    else:
        low, white = gives.range
        rgb = np.clip((planes - np.float32(low)) / np.float32(white - low), 0, 1)
        if not gives.keep_lightness:
            return np.rint(255 * resized(rgb, height, width)).astype(np.uint8)
        ab = color.rgb_to_lab(rgb)[..., 1:]
    return merged(gray, resized(np.clip(ab, -128, 128), height, width))


def _planes(answer: np.ndarray, gives: OutputFormat) -> np.ndarray:
    expected = 2 if gives.color == "ab" else 3
    planes = np.asarray(answer, np.float32)
    if planes.ndim == 4 and gives.layout == "nchw":
        planes = planes.transpose(0, 2, 3, 1)
    if planes.ndim != 4 or planes.shape[0] != 1 or planes.shape[-1] != expected:
        raise ColorizerError(
            f"gave the shape {np.shape(answer)}, expected one picture of {expected} channels "
            f"({gives.color}) in the layout {gives.layout}: correct its description"
        )
    if not np.isfinite(planes).all():
        raise ColorizerError("gave values that are not finite")
    return planes[0]
