"""Color as a distribution over classes, after Zhang, Isola and Efros 2016.

Departures from the paper: the classes are a grid in ab of compressed chroma, where distances are
close to what the eye sees (see `losses.compress_chroma`), so there are many classes near gray and
few in strong color; and a color is shared linearly by its neighbors, so that the mean of its
classes is the color itself.
"""

from typing import Any

import keras
from keras import layers, ops

from colorizer_tf.color import AB_MAX

# Units of a and b, in which the eye sees weak colors' distance. All of sRGB is within the ends.
CENTERS = (-36.0, -27.0, -19.0, -13.0, -8.0, -4.0, 0.0, 4.0, 8.0, 13.0, 19.0, 27.0, 36.0)
NUM_CLASSES = len(CENTERS) ** 2
# CIE94 and CIEDE2000 both divide chroma differences by 1 + 0.045 C*.
CHROMA_COMPRESSION = 0.045


def compress_chroma(scaled_ab: Any) -> Any:
    """Scaled ab `(..., 2)` with its chroma compressed, its hue kept and its unit slope at gray.

    Chroma becomes ln(1 + 0.045 C*) / 0.045, the integral of the weight 1 / (1 + 0.045 C*).
    """
    weight = CHROMA_COMPRESSION * AB_MAX
    # At zero chroma ln(1 + x) / x tends to 1 and the root has no gradient: hence the small addend.
    chroma = weight * ops.sqrt(ops.sum(ops.square(scaled_ab), axis=-1, keepdims=True) + 1e-10)
    return scaled_ab * ops.log1p(chroma) / chroma


def expand_chroma(compressed: Any) -> Any:
    """The inverse of `compress_chroma`."""
    weight = CHROMA_COMPRESSION * AB_MAX
    chroma = weight * ops.sqrt(ops.sum(ops.square(compressed), axis=-1, keepdims=True) + 1e-10)
    # exp(x) - 1 without loss near 0, by an operation that ONNX has: expm1 it has not.
    half = ops.tanh(chroma / 2.0)
    return compressed * 2.0 * half / (1.0 - half) / chroma


def shares(values: Any) -> Any:
    """How values `(...)` are shared by the centers: `(..., 13)`, at most two of them not 0."""
    centers = ops.convert_to_tensor(CENTERS, dtype="float32")
    gaps = centers[1:] - centers[:-1]
    from_left = (ops.clip(values, CENTERS[0], CENTERS[-1])[..., None] - centers[:-1]) / gaps
    from_left = ops.clip(from_left, 0.0, 1.0)
    # What has passed each center, less what has passed the next one.
    ones, zeros = ops.ones_like(from_left[..., :1]), ops.zeros_like(from_left[..., :1])
    return ops.concatenate([ones, from_left], -1) - ops.concatenate([from_left, zeros], -1)


def mean_color(logits: Any, temperature: Any) -> Any:
    """Scaled ab `(..., 2)` of logits of the classes `(..., 169)`: the annealed mean.

    Args:
        logits: of the classes, b varies fastest.
        temperature: of the softmax; 1 gives the mean color, less tends to the likeliest.
    """
    centers = ops.convert_to_tensor(CENTERS, dtype="float32") / AB_MAX
    likely = ops.softmax(logits / temperature, axis=-1)
    # One product for both means: as a matrix of the classes' own a and b.
    count = len(CENTERS)
    a = ops.repeat(centers, count)
    b = ops.tile(centers, [count])
    return expand_chroma(ops.matmul(likely, ops.stack([a, b], axis=-1)))


@keras.saving.register_keras_serializable("colorizer_tf")
class ClassMean(layers.Layer):
    """`mean_color` as a layer: logits `(n, h, w, 169)` to scaled ab `(n, h, w, 2)`."""

    def __init__(self, temperature: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = temperature

    def call(self, logits: Any) -> Any:
        return mean_color(logits, self.temperature)

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:-1], 2)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}


def class_mean(network: keras.Model) -> ClassMean | None:
    """The layer of a network that makes one color of a distribution; none in one that has none."""
    return next((layer for layer in network.layers if isinstance(layer, ClassMean)), None)
