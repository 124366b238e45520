"""Losses on scaled ab and on patch logits, as `keras.losses.Loss` objects: pictures in,
one number a picture inside.

A `Loss` object averages over the photos of the global batch, whatever the number of replicas.
"""

from typing import Any, ClassVar

import keras
from keras import ops

from colorizer_tf.color import AB_MAX
from colorizer_tf.networks import LOGITS, SCALED_AB
from colorizer_tf.networks.color_classes import compress_chroma, shares


class ReconstructionLoss(keras.losses.Loss):
    """A loss of a network's answer against scaled ab.

    Attributes:
        layer: name of the network's layer whose output it takes.
    """

    layer: ClassVar[str] = SCALED_AB


@keras.saving.register_keras_serializable("colorizer_tf")
class MeanSquaredError(ReconstructionLoss):
    """Squared error of scaled ab: its optimum is the mean color, exact but dull."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_pred - y_true), axis=(1, 2, 3))


@keras.saving.register_keras_serializable("colorizer_tf")
class MeanAbsoluteError(ReconstructionLoss):
    """Absolute error of scaled ab: its optimum is the median color."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.abs(y_pred - y_true), axis=(1, 2, 3))


@keras.saving.register_keras_serializable("colorizer_tf")
class PerceptualLoss(ReconstructionLoss):
    """Distance as the eye weighs it: a tint on gray costs much, a miss in strong color little.

    Chroma is compressed to ln(1 + 0.045 C*) / 0.045, the integral of CIE94's and CIEDE2000's weight
    1 / (1 + 0.045 C*), and the distance is taken there; unlike theirs it is smooth everywhere.
    In units of scaled ab for weak colors, so of the size of `MeanAbsoluteError`.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        difference = compress_chroma(y_pred) - compress_chroma(y_true)
        # Smooth at zero, where the root of a sum of squares has no gradient: 0.1 of a unit of ab.
        squared = ops.sum(ops.square(difference), axis=-1) + (0.1 / AB_MAX) ** 2
        return ops.mean(ops.sqrt(squared), axis=(1, 2))


@keras.saving.register_keras_serializable("colorizer_tf")
class ClassCrossEntropy(ReconstructionLoss):
    """Cross-entropy of color logits `(n, h, w, 169)` against scaled ab, which may be finer."""

    layer = LOGITS

    def call(self, y_true: Any, y_pred: Any) -> Any:
        coarser = y_true.shape[1] // y_pred.shape[1]
        means = ops.average_pool(y_true, coarser, strides=coarser)
        compressed = compress_chroma(means) * AB_MAX
        a, b = shares(compressed[..., 0]), shares(compressed[..., 1])
        wanted = ops.reshape(a[..., :, None] * b[..., None, :], ops.shape(y_pred))
        # One fused operation: written out, it takes as long as the network.
        cost = ops.categorical_crossentropy(wanted, y_pred, from_logits=True)
        return ops.mean(cost, axis=(1, 2))


@keras.saving.register_keras_serializable("colorizer_tf")
class PhotoMean(keras.losses.Loss):
    """The mean over photos of a loss that is a number a photo already, `(n,)`."""

    def call(self, y_true: Any, y_pred: Any) -> Any:  # noqa: ARG002
        return y_pred


@keras.saving.register_keras_serializable("colorizer_tf")
class PatchCrossEntropy(keras.losses.Loss):
    """Binary cross-entropy of patch logits `(n, h, w, 1)` against labels, 1 real and 0 fake.

    Args:
        label_smoothing: label 1 counts as 1 less this, label 0 stays: a discriminator that may
            never be sure of the real keeps slopes to learn from (one-sided: Salimans et al. 2016).
    """

    def __init__(self, label_smoothing: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = y_true * (1.0 - self.label_smoothing)
        # log(1 + exp(x)) - label x: both terms of the cross-entropy at once, without overflow.
        return ops.mean(ops.softplus(y_pred) - labels * y_pred, axis=(1, 2, 3))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable("colorizer_tf")
class PatchHinge(keras.losses.Loss):
    """Hinge loss of patch logits against labels: real above 1, fake below -1 cost nothing."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.relu(1.0 - (2.0 * y_true - 1.0) * y_pred), axis=(1, 2, 3))


@keras.saving.register_keras_serializable("colorizer_tf")
class PatchScore(keras.losses.Loss):
    """The generator's side of the hinge loss (Lim and Ye 2017): patch logits toward the label."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(-(2.0 * y_true - 1.0) * y_pred, axis=(1, 2, 3))


@keras.saving.register_keras_serializable("colorizer_tf")
class SquaredSlope(keras.losses.Loss):
    """Squared length of each picture's slope less the slope wanted: with 0, R1's penalty.

    Half of it times gamma is R1 (Mescheder, Geiger and Nowozin 2018, equation 9).
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.sum(ops.square(y_pred - y_true), axis=(1, 2, 3))


LOSSES: dict[str, type[ReconstructionLoss]] = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "perceptual": PerceptualLoss,
    "classes": ClassCrossEntropy,
}

# The discriminator's and the generator's side.
ADVERSARIAL_LOSSES: dict[str, tuple[type[keras.losses.Loss], type[keras.losses.Loss]]] = {
    "bce": (PatchCrossEntropy, PatchCrossEntropy),
    "hinge": (PatchHinge, PatchScore),
}
