"""The diffusion model: color drawn at random from what is likely (DDPM: Ho, Jain and Abbeel 2020).

A U-Net reads L once and gives features and a distribution of color; a small denoiser goes from
noise to color at the U-Net's coarse size (`networks.denoiser`), in a few steps.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.base.options.fields import check
from colorizer_tf.inference.model_json import STEPS
from colorizer_tf.inference.sampling import rates
from colorizer_tf.models import guard
from colorizer_tf.models.base import ColorizationModel, unpack
from colorizer_tf.models.diffusion_sampler import DiffusionSampler
from colorizer_tf.models.losses import MeanSquaredError
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks import LOGITS, conditioner, denoiser
from colorizer_tf.networks.denoiser import (
    CLASS_LOGITS,
    FEATURES,
    FIRST_TIME,
    LABEL,
    NOISY,
    TIME,
    denoiser_stride,
    to_color,
)
from colorizer_tf.networks.weight_names import DENOISER, named_weights

LEARNING_RATE = 1e-3
LOGS = ("velocity_loss", "gradient_norm")
SETTINGS = ("denoiser_widths", "draws", "condition_drop", "validation_steps", "seed")
# The noise of validation: a step that no training comes to.
VALIDATION = -1
LEARNED = "learned"
PICTURED_SEEDS = (0, 1, 2)


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationDiffusion(ColorizationModel):
    """A denoiser of color that learns by velocity (Salimans and Ho 2022), conditioned by a U-Net.

    Args:
        network, loss, clip_norm: the U-Net's, see `ColorizationModel`.
        train_network: whether the U-Net learns too, by its reconstruction loss and through the
            features that the denoiser reads; else it stays as it is.
        denoiser_widths: see `networks.denoiser`.
        labels: names to condition on, in the order of their numbers from 1.
        draws: noisy colors of each photo in a step: the U-Net runs once for all of them.
        condition_drop: share of them that are denoised without a condition, and of the labels left
            out, for classifier-free guidance.
        validation_steps: steps of the samples that are scored.
        seed: of the noise in training.

    Attributes:
        denoiser: see `networks.denoiser`.
        sampler: draws scaled ab for scaled L.
    """

    EVENTS = guard.COLOR_EVENTS

    def __init__(
        self,
        network: Mapping[str, Any],
        loss: str = "classes",
        clip_norm: float = 0.0,
        *,
        train_network: bool = True,
        denoiser_widths: Sequence[int] = (32, 64, 96, 96),
        labels: Sequence[str] = (),
        draws: int = 4,
        condition_drop: float = 0.1,
        validation_steps: int = STEPS,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, loss, clip_norm, (*LOGS, "reconstruction_loss"), **kwargs)
        self._settings |= {
            "train_network": train_network,
            "denoiser_widths": list(denoiser_widths),
            "labels": list(labels),
            "draws": draws,
            "condition_drop": condition_drop,
            "validation_steps": validation_steps,
            "seed": seed,
        }
        self.network.trainable = self.train_network = train_network
        self.draws, self.validation_steps = draws, validation_steps
        if not train_network:
            self.statistics_average = None
        self.conditioner = conditioner(self.network)
        self._teacher = keras.Model(
            self.network.input, {**self.conditioner.output, LEARNED: self.learner.output}
        )
        features = self.conditioner.output[FEATURES].shape[-1]
        classes = self.reconstruction_loss.layer == LOGITS
        self.denoiser = denoiser(
            features, denoiser_widths, classes=classes, labels=len(self._settings["labels"])
        )
        self.velocity_loss = MeanSquaredError()
        self.sampler = DiffusionSampler(
            lambda lightness: self.conditioner(lightness, training=False),
            lambda inputs: self.denoiser(inputs, training=False),
            self.ab_stride,
            has_labels=bool(self._settings["labels"]),
        )
        self.stride = max(self.stride, self.ab_stride * denoiser_stride(denoiser_widths))
        self.best_by = "val_velocity_loss"

    @classmethod
    def defaults(cls, config: TrainConfig) -> dict[str, Any]:
        return {
            "loss": "classes",
            "learning_rate": LEARNING_RATE,
            "beta_1": 0.9,
            "train_network": not config.init_from,
        }

    @classmethod
    def complete(cls, config: TrainConfig) -> TrainConfig:
        weight = config.feature_weight
        check(not weight, "feature_weight", weight, "0 with --model diffusion")
        drop = config.condition_drop
        check(drop > 0, "condition_drop", drop, "above 0, since draws are guided")
        return super().complete(config)

    @classmethod
    def stride_of(cls, config: TrainConfig) -> int:
        coarsest = int(config.ab_stride or 1) * denoiser_stride(config.denoiser_widths)
        return max(super().stride_of(config), coarsest)

    @classmethod
    def build_from(cls, config: TrainConfig, total_steps: int) -> Self:
        model = cls(
            **cls.settings_of(config),
            train_network=bool(config.train_network),
            labels=config.labels,
            **{name: getattr(config, name) for name in SETTINGS},
        )
        model.compile(optimizer=build_optimizer(config, total_steps), jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        return model

    def find_events(self, row: Mapping[str, float], config: TrainConfig) -> list[str]:
        return guard.find_color_events(row, config)

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, label, ab, _ = self._unpack(data)
        step = self._plain_optimizer().iterations
        with tf.GradientTape() as tape:
            condition = self._teacher(lightness, training=self.train_network)
            inputs, velocity = self._noised(condition, label, ab, step)
            predicted = self.denoiser(inputs, training=True)
            loss = self.velocity_loss(velocity, predicted)
            if self.train_network:
                loss += self.reconstruction_loss(ab, condition[LEARNED])
            scaled_loss = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        gradients = tape.gradient(scaled_loss, variables)
        norm = apply_gradients(self.optimizer, gradients, variables, self.clip_norm)
        logs = {"velocity_loss": self._velocity_losses(velocity, predicted)}
        if self.train_network:
            self.average_statistics()
            logs["reconstruction_loss"] = self.reconstruction_loss.call(ab, condition[LEARNED])
        self.trackers.add(logs)
        self.trackers.add_step({"gradient_norm": norm})
        return self.trackers.results((*logs, "gradient_norm"))

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, label, ab, weight = self._unpack(data)
        condition = self.conditioner(lightness, training=False)
        inputs, velocity = self._noised(condition, label, ab, VALIDATION)
        predicted = self.denoiser(inputs, training=False)
        self.trackers.add({"velocity_loss": self._velocity_losses(velocity, predicted)}, weight)
        first, count = _share_of(tf.shape(ab)[0])
        seeds = tf.cast(tf.range(first, first + count), tf.int64)
        sample = self.sampler.scaled_ab(lightness, seeds, self.validation_steps, label=label)
        self.score_pictures(lightness, ab, sample, weight)
        return {**self.trackers.results(("velocity_loss",)), **self.picture_results()}

    def exported_network(self) -> keras.Model:
        """The U-Net; the denoiser, too, has its averaged weights then, if the run kept any."""
        if self.has_average():
            self._plain_optimizer().finalize_variable_values(self.trainable_variables)
            if self.train_network and self.statistics_average:
                self.statistics_average.apply()
        return self.network

    def exported_parts(self) -> dict[str, Any]:
        return {"denoiser": self.denoiser, "labels": tuple(self._settings["labels"])}

    def named_weights(self) -> dict[str, Any]:
        own = named_weights(self.denoiser)
        return super().named_weights() | {f"{DENOISER}{name}": each for name, each in own.items()}

    def predict_ab(self, lightness: Any) -> Any:
        return self.samples(lightness, [0])[0]

    def samples(self, lightness: Any, seeds: Sequence[int] = PICTURED_SEEDS) -> list[Any]:
        scaled = color.scale_lightness(tf.convert_to_tensor(lightness, tf.float32))
        return [
            color.unscale_ab(self.sampler.scaled_ab(scaled, seed, self.validation_steps))
            for seed in seeds
        ]

    def _unpack(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Scaled L, numbers of labels, scaled ab and weights; 0 where photos have no label."""
        lightness, ab, weight = unpack(data)
        if isinstance(lightness, tuple):
            return *lightness, ab, weight
        return lightness, tf.zeros(tf.shape(ab)[:1], tf.int32), ab, weight

    def _noised(
        self, condition: Mapping[str, Any], label: Any, ab: Any, step: Any
    ) -> tuple[dict[str, Any], Any]:
        """Inputs of the denoiser and the velocity to predict, `draws` for each photo in a row.

        Random numbers are those of the whole batch, fixed by the step: whatever the number of
        replicas, and after a restart.
        """
        clean = tf.repeat(to_color(ab, self.ab_stride), self.draws, axis=0)
        first, count = _share_of(tf.shape(ab)[0])
        seed = tf.stack([tf.cast(self._settings["seed"], tf.int64), tf.cast(step, tf.int64)])
        seeds = tf.random.split(seed, 4)
        total = tf.distribute.get_replica_context().num_replicas_in_sync * count * self.draws
        own = slice(first * self.draws, (first + count) * self.draws)
        noise = tf.random.stateless_normal([total, *clean.shape[1:]], seeds[0])[own]
        uniform = tf.random.stateless_uniform([total], seeds[1])[own]
        keeps, keeps_label = (
            tf.random.stateless_uniform([total], each)[own] >= self._settings["condition_drop"]
            for each in tf.unstack(seeds[2:])
        )
        # Each photo has one noise rate of each part of the range: the loss varies less by step.
        part = tf.cast(tf.range(tf.size(uniform)) % self.draws, tf.float32)
        time = FIRST_TIME + (1.0 - FIRST_TIME) * (part + uniform) / self.draws
        signal, noise_rate = rates(time[:, None, None, None])
        known = tf.cast(keeps, tf.float32)[:, None, None, None]
        inputs = {
            name: known * tf.repeat(condition[name], self.draws, axis=0)
            for name in (FEATURES, CLASS_LOGITS)
            if name in condition
        }
        inputs |= {NOISY: signal * clean + noise_rate * noise, TIME: time}
        if self._settings["labels"]:
            kept = tf.cast(keeps & keeps_label, tf.int32)
            inputs[LABEL] = kept * tf.repeat(label, self.draws)
        return inputs, signal * noise - noise_rate * clean

    def _velocity_losses(self, velocity: Any, predicted: Any) -> Any:
        """One a photo."""
        losses = self.velocity_loss.call(velocity, predicted)
        return tf.reduce_mean(tf.reshape(losses, [-1, self.draws]), axis=1)


def _share_of(count: Any) -> tuple[Any, Any]:
    """Where this replica's photos begin in the batch, and their number."""
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    return replica * count, count
