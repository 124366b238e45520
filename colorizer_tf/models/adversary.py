"""The adversary of a generator: a discriminator of L and ab, with its losses and scores."""

from typing import Any

import tensorflow as tf

from colorizer_tf.models.losses import ADVERSARIAL_LOSSES, SquaredSlope
from colorizer_tf.models.options import AdversaryOptions
from colorizer_tf.models.preparation import from_package
from colorizer_tf.networks import patchgan, projected_discriminator


class Adversary:
    """A discriminator and its losses.

    Args:
        options: which one, and its losses.
        pretrained_features: whether a projected discriminator's features are read from their
            package, or come with the model's weights.

    Attributes:
        discriminator: from `[scaled L, scaled ab]` to patch logits.

    Raises:
        ColorizerError: if the package of a projected discriminator's weights is missing.
    """

    def __init__(self, options: AdversaryOptions, pretrained_features: bool) -> None:
        if options.discriminator == "projected":
            self.discriminator = from_package(projected_discriminator, pretrained_features)
        else:
            self.discriminator = patchgan(
                options.discriminator_widths, options.discriminator_norm, options.spectral_norm
            )
        discriminator_loss, generator_loss = ADVERSARIAL_LOSSES[options.adversarial_loss]
        smoothing = options.label_smoothing
        self._loss = discriminator_loss(**({"label_smoothing": smoothing} if smoothing else {}))
        self._generator_loss = generator_loss()
        self._squared_slope = SquaredSlope()
        self.r1 = options.r1

    def generator_loss(self, fake_logits: Any) -> Any:
        """What the generator pays for patches that are taken for fake."""
        return self._generator_loss(tf.ones_like(fake_logits), fake_logits)

    def generator_losses(self, fake_logits: Any) -> Any:
        """The same, one a picture."""
        return self._generator_loss.call(tf.ones_like(fake_logits), fake_logits)

    def loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """The discriminator's."""
        real_loss = self._loss(tf.ones_like(real_logits), real_logits)
        return 0.5 * (real_loss + self._loss(tf.zeros_like(fake_logits), fake_logits))

    def penalty(self, real_logits: Any, slope: Any) -> Any:
        """R1 (Mescheder, Geiger and Nowozin 2018) of the slope of `real_logits` at the real ab."""
        # The slope of one logit, whatever the number of patches in a picture.
        slope /= tf.sqrt(tf.cast(tf.size(real_logits[0]), tf.float32))
        return 0.5 * self.r1 * self._squared_slope(tf.zeros_like(slope), slope)

    def scores(self, real_logits: Any, fake_logits: Any) -> dict[str, Any]:
        """The discriminator's loss and its accuracy on real and fake patches, one a picture."""
        real_loss = self._loss.call(tf.ones_like(real_logits), real_logits)
        fake_loss = self._loss.call(tf.zeros_like(fake_logits), fake_logits)
        return {
            "discriminator_loss": 0.5 * (real_loss + fake_loss),
            "real_accuracy": tf.reduce_mean(tf.cast(real_logits > 0, tf.float32), axis=(1, 2, 3)),
            "fake_accuracy": tf.reduce_mean(tf.cast(fake_logits < 0, tf.float32), axis=(1, 2, 3)),
        }
