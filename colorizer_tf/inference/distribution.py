"""The distribution over color classes that a network predicts for a photo.

NumPy only, so that neither Keras nor TensorFlow is needed to read it. The classes are those of
`networks.color_classes`, as `model.json` describes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from colorizer_tf.color.merge.guided import window_mean

MAX_STRIDE, MAX_GAIN = 4096, 2.0


@dataclass(frozen=True)
class ColorClasses:
    """A grid of classes in ab of compressed chroma.

    Attributes:
        centers: of the grid, along a and along b.
        compression: of chroma, C* to ln(1 + compression C*) / compression.
        stride: how much coarser than L* a network's distribution over them is.
        gain: factor of the mean color, with which the model was exported.
    """

    centers: tuple[float, ...]
    compression: float
    stride: int
    gain: float = 1.0

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "ColorClasses":
        """The classes of the entry "classes" in `model.json`.

        Raises:
            KeyError, TypeError, ValueError: if it describes none.
        """
        centers = tuple(float(center) for center in entry["centers"])
        compression, stride = float(entry["chroma_compression"]), int(entry["stride"])
        gain = float(entry.get("gain", 1))
        fits = 0 < compression < 1 and 1 <= stride <= MAX_STRIDE and 0 < gain <= MAX_GAIN
        if not (np.isfinite(centers).all() and fits):
            raise ValueError(f"{entry!r}")
        return cls(centers, compression, stride, gain)

    @property
    def count(self) -> int:
        """Number of classes; b varies fastest."""
        return len(self.centers) ** 2

    @cached_property
    def compressed(self) -> np.ndarray:
        """`(count, 2)` float32: a and b of each class, of compressed chroma."""
        a, b = np.meshgrid(self.centers, self.centers, indexing="ij")
        return np.stack([a.ravel(), b.ravel()], axis=-1).astype(np.float32)

    def expand(self, compressed: np.ndarray) -> np.ndarray:
        """See `expanded`."""
        return expanded(compressed, self.compression)


@dataclass(frozen=True)
class ColorDistribution:
    """What a network with color classes gives for one photo.

    Attributes:
        logits: `(rows, columns, count)` float32, of the photo lengthened by reflection at the
            bottom and the right to multiples of the network's stride.
        classes: what the classes are.
        height: of the photo at the network's scale.
        width: of the photo.
    """

    logits: np.ndarray
    classes: ColorClasses
    height: int
    width: int

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """`(rows, columns, count)` float32 with the sum 1."""
        logits = self.logits - self.logits.max(axis=-1, keepdims=True)
        likely = np.exp(logits / np.float32(temperature))
        return likely / likely.sum(axis=-1, keepdims=True)

    def ab(self, temperature: float) -> np.ndarray:
        """The annealed mean (Zhang, Isola and Efros 2016): `(height, width, 2)` float32.

        It is multiplied by the classes' gain.

        Args:
            temperature: 1 gives the mean color, less tends to the likeliest.
        """
        mean = self.probabilities(temperature) @ self.classes.compressed
        return self.enlarged(self.classes.gain * self.classes.expand(mean))

    def confidence(self) -> np.ndarray:
        """How sure the network is: `(height, width)` float32, 0 (all classes are alike) to 1.

        One minus the entropy over that of the uniform distribution.
        """
        likely = self.probabilities()
        entropy = -(likely * np.log(np.maximum(likely, 1e-12))).sum(-1)
        sure = 1 - entropy / np.float32(np.log(self.classes.count))
        return np.clip(self.enlarged(sure), 0, 1)

    def enlarged(self, coarse: np.ndarray) -> np.ndarray:
        """Values `(rows, columns, ...)` at the photo's size, as `networks.blocks.enlarge` does."""
        return enlarged(coarse, self.classes.stride, self.height, self.width)


def expanded(compressed: np.ndarray, compression: float) -> np.ndarray:
    """Ab `(..., 2)` of compressed ab: `networks.color_classes.expand_chroma` without scales."""
    chroma = compression * np.sqrt(np.square(compressed).sum(-1, keepdims=True) + 1e-6)
    return compressed * (np.expm1(chroma) / chroma)


def enlarged(coarse: np.ndarray, stride: int, height: int, width: int) -> np.ndarray:
    """Values `(rows, columns, ...)` enlarged as `networks.blocks.enlarge` does, then cut."""
    large = coarse.repeat(stride, axis=0).repeat(stride, axis=1)
    smooth = window_mean(large, 2 * stride - 1)
    return np.ascontiguousarray(smooth[:height, :width])


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """The logarithms of the probabilities, `(..., count)`."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
