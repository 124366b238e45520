"""The conditional GAN of Pix2Pix's kind (Isola et al. 2017), trained in three stages.

The generator alone by its reconstruction loss; the discriminator alone, on the frozen generator;
then both. Departures from the paper: no dropout as noise, as a photo shall have one answer; and the
discriminator sees the true ab as coarse as the generator's, else sharpness alone would tell.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf.models.base import ColorizationModel, unpack
from colorizer_tf.models.losses import ADVERSARIAL_LOSSES, SquaredSlope
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer, scale_where_needed
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks import coarsener, patchgan

GENERATOR = ("reconstruction_loss", "generator_gradient_norm")
AGAINST = ("adversarial_loss", "adversarial_share")
DISCRIMINATOR = (
    *("discriminator_loss", "real_accuracy", "fake_accuracy"),
    "discriminator_gradient_norm",
)


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationGAN(ColorizationModel):
    """A U-Net (the generator) against a PatchGAN (the discriminator).

    Args:
        network, loss, clip_norm: the generator's, see `ColorizationModel`.
        discriminator_widths, discriminator_norm, spectral_norm: see `networks.patchgan`.
        adversarial_loss: a key of `losses.ADVERSARIAL_LOSSES`.
        adversarial_weight, reconstruction_weight: of the generator's two losses.
        label_smoothing: of real patches, for "bce".
        r1: weight of the R1 penalty on real pictures' ab (0: none).

    Attributes:
        generator: the same as `network`.
        discriminator: from `[scaled L, scaled ab]` to patch logits.
        adversarial_weight: a variable, which the guard lowers.
    """

    best_by = "val_score"

    def __init__(
        self,
        network: Mapping[str, Any],
        loss: str = "mae",
        clip_norm: float = 0.0,
        *,
        discriminator_widths: Sequence[int] = (64, 128, 256, 512),
        discriminator_norm: str = "none",
        spectral_norm: bool = True,
        adversarial_loss: str = "bce",
        adversarial_weight: float = 1.0,
        reconstruction_weight: float = 100.0,
        label_smoothing: float = 0.0,
        r1: float = 0.0,
        **kwargs: Any,
    ) -> None:
        tracked = (*GENERATOR, *AGAINST, *DISCRIMINATOR)
        super().__init__(network, loss, clip_norm, tracked, **kwargs)
        self._settings |= {
            "discriminator_widths": list(discriminator_widths),
            "discriminator_norm": discriminator_norm,
            "spectral_norm": spectral_norm,
            "adversarial_loss": adversarial_loss,
            "adversarial_weight": adversarial_weight,
            "reconstruction_weight": reconstruction_weight,
            "label_smoothing": label_smoothing,
            "r1": r1,
        }
        self.discriminator = patchgan(discriminator_widths, discriminator_norm, spectral_norm)
        self.coarsen = coarsener(self.ab_stride)
        judge, against = ADVERSARIAL_LOSSES[adversarial_loss]
        self.discriminator_loss = judge(label_smoothing) if label_smoothing else judge()
        self.adversarial_loss = against()
        self.penalty = SquaredSlope()
        self.reconstruction_weight, self.r1 = reconstruction_weight, r1
        self.adversarial_weight = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(adversarial_weight),
            trainable=False,
            dtype="float32",
            name="adversarial_weight",
        )
        self.stage = "adversarial"

    @property
    def generator(self) -> keras.Model:
        return self.network

    @property
    def trainable_weights(self) -> list[Any]:
        # Keras hands them to `optimizer`, which is the generator's.
        return self.network.trainable_weights

    @property
    def trainable_variables(self) -> list[Any]:
        return self.network.trainable_variables

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        **kwargs: Any,
    ) -> None:
        """Set both optimizers, and build them: under a strategy inside of its scope."""
        super().compile(optimizer=optimizer, **kwargs)
        self._optimizers = (optimizer, discriminator_optimizer)
        self.discriminator_optimizer = scale_where_needed(
            discriminator_optimizer, self.dtype_policy
        )
        self.optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def step_settings(self) -> dict[str, float]:
        rate = self.discriminator_optimizer.learning_rate
        return {
            "discriminator_learning_rate": float(np.asarray(rate)),
            "adversarial_weight": float(np.asarray(self.adversarial_weight)),
        }

    def retreat(self, rollbacks: int) -> None:
        self.adversarial_weight.assign(self._settings["adversarial_weight"] * 0.5**rollbacks)

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, ab = data
        if self.stage == "generator":
            return self._generator_step(lightness, ab)
        if self.stage == "discriminator":
            predicted = self.generator(lightness, training=False)
            return self._discriminator_step(lightness, ab, predicted)
        return self._adversarial_step(lightness, ab)

    def _generator_step(self, lightness: Any, ab: Any) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            learned = self.learner(lightness, training=True)
            loss = self.reconstruction_weight * self.reconstruction_loss(ab, learned)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.generator.trainable_variables)
        self._track_generator(ab, learned, self._apply_to_generator(gradients))
        return self.trackers.results(GENERATOR)

    def _adversarial_step(self, lightness: Any, ab: Any) -> dict[str, Any]:
        with tf.GradientTape() as generator_tape:
            learned = self.learner(lightness, training=True)
        judged = self._discriminator_step(lightness, ab, self.painter(learned))
        # Both losses' gradients at what is learned, ab or logits, then once back through the
        # generator: it costs nothing more, and shows how the two pull.
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(learned)
            logits = self.discriminator([lightness, self.painter(learned)], training=False)
            against = self.adversarial_loss(tf.ones_like(logits), logits)
            scaled_against = self.optimizer.scale_loss(self.adversarial_weight * against)
            reconstruction = self.reconstruction_loss(ab, learned)
            scaled = self.optimizer.scale_loss(self.reconstruction_weight * reconstruction)
        pulls = tape.gradient(scaled_against, learned), tape.gradient(scaled, learned)
        variables = self.generator.trainable_variables
        gradients = generator_tape.gradient(learned, variables, output_gradients=sum(pulls))
        self._track_generator(ab, learned, self._apply_to_generator(gradients))
        self.trackers.add({"adversarial_loss": self._against(logits)})
        self.trackers.add_step({"adversarial_share": _share(*pulls)})
        return {**self.trackers.results((*GENERATOR, *AGAINST)), **judged}

    def _discriminator_step(self, lightness: Any, ab: Any, predicted: Any) -> dict[str, Any]:
        true_and_made = tf.concat([self.coarsen(ab), tf.stop_gradient(predicted)], 0)
        twice = tf.concat([lightness, lightness], 0)
        with tf.GradientTape() as tape:
            with tf.GradientTape(watch_accessed_variables=False) as slope_tape:
                slope_tape.watch(true_and_made)
                logits = self.discriminator([twice, true_and_made], training=True)
                real, fake = tf.split(logits, 2)
            on_real = self.discriminator_loss(tf.ones_like(real), real)
            on_fake = self.discriminator_loss(tf.zeros_like(fake), fake)
            loss = 0.5 * (on_real + on_fake)
            if self.r1:
                slope = slope_tape.gradient(real, true_and_made)[: tf.shape(real)[0]]
                # A logit's slope, whatever the number of patches that a picture has.
                slope /= tf.sqrt(tf.cast(tf.size(real[0]), tf.float32))
                loss += 0.5 * self.r1 * self.penalty(tf.zeros_like(slope), slope)
            scaled = self.discriminator_optimizer.scale_loss(loss)
        variables = self.discriminator.trainable_variables
        gradients = tape.gradient(scaled, variables)
        norm = apply_gradients(self.discriminator_optimizer, gradients, variables, self.clip_norm)
        self.trackers.add(self._judgment(real, fake))
        self.trackers.add_step({"discriminator_gradient_norm": norm})
        return self.trackers.results(DISCRIMINATOR)

    def _apply_to_generator(self, gradients: Sequence[Any]) -> Any:
        variables = self.generator.trainable_variables
        # `clip_norm` is for a loss of weight 1: gradients grow with the weight.
        clip_norm = self.clip_norm * max(1.0, self.reconstruction_weight)
        return apply_gradients(self.optimizer, gradients, variables, clip_norm)

    def _track_generator(self, ab: Any, learned: Any, gradient_norm: Any) -> None:
        self.trackers.add({"reconstruction_loss": self.reconstruction_loss.call(ab, learned)})
        self.trackers.add_step({"generator_gradient_norm": gradient_norm})

    def _against(self, logits: Any) -> Any:
        return self.adversarial_loss.call(tf.ones_like(logits), logits)

    def _judgment(self, real: Any, fake: Any) -> dict[str, Any]:
        """What the discriminator makes of real and made pictures, a number a picture."""
        on_real = self.discriminator_loss.call(tf.ones_like(real), real)
        on_fake = self.discriminator_loss.call(tf.zeros_like(fake), fake)
        return {
            "discriminator_loss": 0.5 * (on_real + on_fake),
            "real_accuracy": tf.reduce_mean(tf.cast(real > 0, tf.float32), axis=(1, 2, 3)),
            "fake_accuracy": tf.reduce_mean(tf.cast(fake < 0, tf.float32), axis=(1, 2, 3)),
        }

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, ab, weight = unpack(data)
        learned = self.learner(lightness, training=False)
        predicted = self.painter(learned)
        values = {"reconstruction_loss": self.reconstruction_loss.call(ab, learned)}
        if self.stage != "generator":
            real = self.discriminator([lightness, self.coarsen(ab)], training=False)
            fake = self.discriminator([lightness, predicted], training=False)
            values |= self._judgment(real, fake) | {"adversarial_loss": self._against(fake)}
        self.trackers.add(values, weight)
        self.score_pictures(lightness, ab, predicted, weight)
        return {**self.trackers.results(values), **self.picture_results()}

    def get_compile_config(self) -> dict[str, Any]:
        names = ("optimizer", "discriminator_optimizer")
        serialize = keras.saving.serialize_keras_object
        return {n: serialize(o) for n, o in zip(names, self._optimizers, strict=True)}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile(**{n: keras.saving.deserialize_keras_object(o) for n, o in config.items()})


def _share(against: Any, reconstruction: Any) -> Any:
    """The adversarial part of the pull on ab or logits: 0 none, 0.5 as strong as the other."""
    squares = [tf.reduce_sum(tf.square(pull)) for pull in (against, reconstruction)]
    replicas = tf.distribute.get_replica_context()
    # Each replica holds the slopes at its own pictures: the batch's are all of them in a row.
    against, reconstruction = map(tf.sqrt, replicas.all_reduce(tf.distribute.ReduceOp.SUM, squares))
    return tf.math.divide_no_nan(against, against + reconstruction)


def build_gan(config: TrainConfig, total_steps: int) -> ColorizationGAN:
    """The config's GAN, compiled for a run of so many steps; its first stage is entered by `enter`.

    Networks and optimizers are built here, so under a strategy call it inside of its scope.
    """
    config = config.settled()
    model = ColorizationGAN(
        network=config.network(),
        loss=config.loss,
        clip_norm=config.clip_norm,
        discriminator_widths=config.discriminator_widths,
        discriminator_norm=config.discriminator_norm,
        spectral_norm=config.spectral_norm,
        adversarial_loss=config.adversarial_loss,
        adversarial_weight=config.adversarial_weight,
        reconstruction_weight=config.reconstruction_weight,
        label_smoothing=config.label_smoothing,
        r1=config.r1,
    )
    # Each is idle in a stage of the other's.
    epoch = total_steps // config.epochs
    own = total_steps - epoch * config.discriminator_epochs
    discriminators = total_steps - epoch * config.generator_epochs
    rate = config.discriminator_learning_rate or config.learning_rate
    other = dataclasses.replace(config, learning_rate=rate, ema=0.0)
    model.compile(
        optimizer=build_optimizer(config, own),
        discriminator_optimizer=build_optimizer(other, discriminators),
        # XLA's compile time on a CPU is more than it saves, and CPU replicas do not run under it.
        jit_compile=False,
    )
    return model
