"""The CNN: a network that learns ab from L by a reconstruction loss."""

from collections.abc import Mapping
from typing import Any, Self

import keras
import tensorflow as tf

from colorizer_tf.models.base import ColorizationModel, unpack
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks import LOGITS

LEARNING_RATE, FINE_TUNING_RATE = 1e-3, 2e-4


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationCNN(ColorizationModel):
    """A network trained by its reconstruction loss; see `ColorizationModel`."""

    def __init__(
        self, network: Mapping[str, Any], loss: str = "mse", clip_norm: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(network, loss, clip_norm, ("loss", "gradient_norm"), **kwargs)
        if self.reconstruction_loss.layer == LOGITS:
            # CIEDE2000 depends on the temperature, which is chosen after the training.
            self.best_by = "val_loss"

    @classmethod
    def defaults(cls, config: TrainConfig) -> dict[str, Any]:
        rate = FINE_TUNING_RATE if config.init_from else LEARNING_RATE
        return {"loss": "classes", "learning_rate": rate, "beta_1": 0.9}

    @classmethod
    def build_from(cls, config: TrainConfig, total_steps: int) -> Self:
        model = cls(**cls.settings_of(config))
        # XLA's compile time on a CPU is more than it saves, and CPU replicas do not run under it.
        model.compile(optimizer=build_optimizer(config, total_steps), jit_compile=False)
        model.optimizer.build(model.network.trainable_variables)
        return model

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, ab = data
        with tf.GradientTape() as tape:
            learned = self.learner(lightness, training=True)
            loss = self.supervised_loss(lightness, ab, learned)
            scaled_loss = self.optimizer.scale_loss(loss)
        variables = self.network.trainable_variables
        gradients = tape.gradient(scaled_loss, variables)
        norm = apply_gradients(self.optimizer, gradients, variables, self.clip_norm)
        self.average_statistics()
        # The pictures' own losses: the loss object's is this replica's part of the batch's mean.
        self.trackers.add({"loss": self.reconstruction_loss.call(ab, learned)})
        self.trackers.add_step({"gradient_norm": norm})
        return self.trackers.results(("loss", "gradient_norm"))

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, ab, weight = unpack(data)
        learned = self.learner(lightness, training=False)
        self.trackers.add({"loss": self.reconstruction_loss.call(ab, learned)}, weight)
        self.score_pictures(lightness, ab, self.painter(learned), weight)
        return {**self.trackers.results(("loss",)), **self.picture_results()}
