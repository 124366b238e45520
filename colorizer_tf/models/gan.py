"""The conditional GAN of Pix2Pix's kind (Isola et al. 2017), trained in three stages.

The generator alone by its reconstruction loss; the discriminator alone, on the frozen generator;
then both. Departures from the paper: no dropout as noise, so that a photo has one answer; and the
discriminator sees the true ab as coarse as the generator's, else it would judge sharpness alone.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf.base.options.fields import changed_options, check
from colorizer_tf.models import guard
from colorizer_tf.models.adversary import Adversary
from colorizer_tf.models.base import ColorizationModel, Stage, unpack
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer, scale_where_needed
from colorizer_tf.models.options import AdversaryOptions, TrainConfig
from colorizer_tf.models.tracking import share_of_slopes

GENERATOR_LOGS = ("reconstruction_loss", "generator_gradient_norm")
ADVERSARIAL_LOGS = ("adversarial_loss", "adversarial_share")
DISCRIMINATOR_LOGS = (
    *("discriminator_loss", "real_accuracy", "fake_accuracy"),
    "discriminator_gradient_norm",
)


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationGAN(ColorizationModel):
    """A generator of ab against a discriminator of L and ab.

    Args:
        network, loss, clip_norm: the generator's, see `ColorizationModel`.
        adversary: fields of `AdversaryOptions` that are not their defaults.
        reconstruction_weight: of the generator's supervised loss, beside the adversarial one.

    Attributes:
        generator: the same as `network`.
        discriminator: from `[scaled L, scaled ab]` to patch logits.
        adversarial_weight: a variable, which rollbacks lower.
    """

    EVENTS = guard.EVENTS

    def __init__(
        self,
        network: Mapping[str, Any],
        loss: str = "mae",
        clip_norm: float = 0.0,
        *,
        adversary: Mapping[str, Any] | None = None,
        reconstruction_weight: float = 100.0,
        pretrained_features: bool = False,
        **kwargs: Any,
    ) -> None:
        tracked = (*GENERATOR_LOGS, *ADVERSARIAL_LOGS, *DISCRIMINATOR_LOGS)
        kwargs["pretrained_features"] = pretrained_features
        super().__init__(network, loss, clip_norm, tracked, **kwargs)
        self._settings |= {
            "adversary": dict(adversary or {}),
            "reconstruction_weight": reconstruction_weight,
        }
        options = AdversaryOptions(**self._settings["adversary"])
        self.adversary = Adversary(options, pretrained_features)
        self.discriminator = self.adversary.discriminator
        self.reconstruction_weight = reconstruction_weight
        self._first_adversarial_weight = options.adversarial_weight
        self.adversarial_weight = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(options.adversarial_weight),
            trainable=False,
            dtype="float32",
            name="adversarial_weight",
        )
        self.best_by = "val_score"
        self.stage = "adversarial"

    @classmethod
    def defaults(cls, config: TrainConfig) -> dict[str, Any]:
        # Isola et al. 2017 (Pix2Pix), section 3.3 and appendix 6.2: the weight is that of the L1
        # loss. The cross-entropy of classes is some 50 times larger.
        weight = 4.0 if config.loss in (None, "classes") else 100.0
        return {
            "loss": "classes",
            "learning_rate": 2e-4,
            "beta_1": 0.5,
            "reconstruction_weight": weight,
        }

    @classmethod
    def complete(cls, config: TrainConfig) -> TrainConfig:
        first = config.generator_epochs + config.discriminator_epochs
        expected = (
            f"more than the {first} of --generator-epochs and --discriminator-epochs together"
        )
        check(config.epochs > first, "epochs", config.epochs, expected)
        return super().complete(config)

    @classmethod
    def stages(cls, config: TrainConfig) -> tuple[Stage, ...]:
        return (
            Stage("generator", config.generator_epochs),
            Stage("discriminator", config.generator_epochs + config.discriminator_epochs),
            Stage("adversarial", config.epochs),
        )

    @classmethod
    def build_from(cls, config: TrainConfig, total_steps: int) -> Self:
        model = cls(
            **cls.settings_of(config),
            reconstruction_weight=float(config.reconstruction_weight or 0),
            adversary=changed_options(AdversaryOptions, config),
        )
        # Each optimizer is idle in the other network's stage.
        epoch = total_steps // config.epochs
        generator_steps = total_steps - epoch * config.discriminator_epochs
        discriminator_steps = total_steps - epoch * config.generator_epochs
        rate = config.discriminator_learning_rate
        rate = config.learning_rate if rate is None else rate
        for_discriminator = dataclasses.replace(config, learning_rate=rate, ema=0.0)
        model.compile(
            optimizer=build_optimizer(config, generator_steps),
            discriminator_optimizer=build_optimizer(for_discriminator, discriminator_steps),
            # XLA's compile time on a CPU is more than it saves, and CPU replicas do not run it.
            jit_compile=False,
        )
        return model

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

    def find_events(self, row: Mapping[str, float], config: TrainConfig) -> list[str]:
        return guard.find_events(row, config) if self.stage == "adversarial" else []

    def score_epoch(self, row: Mapping[str, float]) -> dict[str, float]:
        return {"val_score": guard.score_photos(row)}

    def step_settings(self) -> dict[str, float]:
        rate = self.discriminator_optimizer.learning_rate
        return {
            "discriminator_learning_rate": float(np.asarray(rate)),
            "adversarial_weight": float(np.asarray(self.adversarial_weight)),
        }

    def soften(self, rollbacks: int) -> None:
        """Halve the adversarial weight for each rollback so far."""
        self.adversarial_weight.assign(self._first_adversarial_weight * 0.5**rollbacks)

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, real_ab = data
        if self.stage == "generator":
            return self._generator_step(lightness, real_ab)
        if self.stage == "discriminator":
            fake_ab = self.generator(lightness, training=False)
            return self._discriminator_step(lightness, real_ab, fake_ab)
        return self._adversarial_step(lightness, real_ab)

    def _generator_step(self, lightness: Any, real_ab: Any) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            learned = self.learner(lightness, training=True)
            loss = self.supervised_loss(lightness, real_ab, learned)
            scaled_loss = self.optimizer.scale_loss(self.reconstruction_weight * loss)
        gradients = tape.gradient(scaled_loss, self.generator.trainable_variables)
        self._update_generator(gradients, real_ab, learned)
        return self.trackers.results(GENERATOR_LOGS)

    def _adversarial_step(self, lightness: Any, real_ab: Any) -> dict[str, Any]:
        with tf.GradientTape() as generator_tape:
            learned = self.learner(lightness, training=True)
        discriminator_logs = self._discriminator_step(lightness, real_ab, self.painter(learned))
        # Both losses' gradients at what is learned, ab or logits, then once back through the
        # generator: as cheap as their sum, and it shows the share of each.
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(learned)
            fake_ab = self.painter(learned)
            fake_logits = self.discriminator([lightness, fake_ab], training=False)
            losses = (
                self.adversarial_weight * self.adversary.generator_loss(fake_logits),
                self.reconstruction_weight * self.supervised_loss(lightness, real_ab, learned),
            )
            scaled_losses = [self.optimizer.scale_loss(loss) for loss in losses]
        slopes = [tape.gradient(loss, learned) for loss in scaled_losses]
        gradients = generator_tape.gradient(
            learned, self.generator.trainable_variables, output_gradients=sum(slopes)
        )
        self._update_generator(gradients, real_ab, learned)
        self.trackers.add({"adversarial_loss": self.adversary.generator_losses(fake_logits)})
        self.trackers.add_step({"adversarial_share": share_of_slopes(*slopes)})
        generator_logs = self.trackers.results((*GENERATOR_LOGS, *ADVERSARIAL_LOGS))
        return {**generator_logs, **discriminator_logs}

    def _discriminator_step(self, lightness: Any, real_ab: Any, fake_ab: Any) -> dict[str, Any]:
        # One call for both halves, so that batch statistics are of real and fake together.
        both_ab = tf.concat([self.coarsen(real_ab), tf.stop_gradient(fake_ab)], 0)
        both_lightness = tf.concat([lightness, lightness], 0)
        with tf.GradientTape() as tape:
            with tf.GradientTape(watch_accessed_variables=False) as slope_tape:
                slope_tape.watch(both_ab)
                logits = self.discriminator([both_lightness, both_ab], training=True)
                real_logits, fake_logits = tf.split(logits, 2)
            loss = self.adversary.loss(real_logits, fake_logits)
            if self.adversary.r1:
                slope = slope_tape.gradient(real_logits, both_ab)[: tf.shape(real_logits)[0]]
                loss += self.adversary.penalty(real_logits, slope)
            scaled_loss = self.discriminator_optimizer.scale_loss(loss)
        variables = self.discriminator.trainable_variables
        gradients = tape.gradient(scaled_loss, variables)
        norm = apply_gradients(self.discriminator_optimizer, gradients, variables, self.clip_norm)
        self.trackers.add(self.adversary.scores(real_logits, fake_logits))
        self.trackers.add_step({"discriminator_gradient_norm": norm})
        return self.trackers.results(DISCRIMINATOR_LOGS)

    def _update_generator(self, gradients: Sequence[Any], real_ab: Any, learned: Any) -> None:
        variables = self.generator.trainable_variables
        # `clip_norm` is for a loss of weight 1: gradients grow with the weight.
        clip_norm = self.clip_norm * max(1.0, self.reconstruction_weight)
        norm = apply_gradients(self.optimizer, gradients, variables, clip_norm)
        self.average_statistics()
        losses = self.reconstruction_loss.call(real_ab, learned)
        self.trackers.add({"reconstruction_loss": losses})
        self.trackers.add_step({"generator_gradient_norm": norm})

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, real_ab, weight = unpack(data)
        learned = self.learner(lightness, training=False)
        fake_ab = self.painter(learned)
        values = {"reconstruction_loss": self.reconstruction_loss.call(real_ab, learned)}
        if self.stage != "generator":
            real = self.discriminator([lightness, self.coarsen(real_ab)], training=False)
            fake = self.discriminator([lightness, fake_ab], training=False)
            values |= self.adversary.scores(real, fake)
            values["adversarial_loss"] = self.adversary.generator_losses(fake)
        self.trackers.add(values, weight)
        self.score_pictures(lightness, real_ab, fake_ab, weight)
        return {**self.trackers.results(values), **self.picture_results()}

    def get_compile_config(self) -> dict[str, Any]:
        names = ("optimizer", "discriminator_optimizer")
        serialize = keras.saving.serialize_keras_object
        return {n: serialize(o) for n, o in zip(names, self._optimizers, strict=True)}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile(**{n: keras.saving.deserialize_keras_object(o) for n, o in config.items()})
