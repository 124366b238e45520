"""The CNN: a U-Net that learns ab from L by a reconstruction loss."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.models.base import ColorizationModel, unpack
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer
from colorizer_tf.models.options import TrainConfig


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationCNN(ColorizationModel):
    """A U-Net trained by its reconstruction loss; see `ColorizationModel`."""

    def __init__(
        self, network: Mapping[str, Any], loss: str = "mse", clip_norm: float = 0.0, **kwargs: Any
    ) -> None:
        tracked = ("loss", "gradient_norm")
        super().__init__(network, loss, clip_norm, tracked, **kwargs)

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, ab = data
        with tf.GradientTape() as tape:
            learned = self.learner(lightness, training=True)
            loss = self.reconstruction_loss(ab, learned)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.network.trainable_variables
        gradients = tape.gradient(scaled, variables)
        norm = apply_gradients(self.optimizer, gradients, variables, self.clip_norm)
        # The pictures' own losses: the object's is this replica's part of the batch's mean.
        self.trackers.add({"loss": self.reconstruction_loss.call(ab, learned)})
        self.trackers.add_step({"gradient_norm": norm})
        return self.trackers.results(("loss", "gradient_norm"))

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, ab, weight = unpack(data)
        learned = self.learner(lightness, training=False)
        self.trackers.add({"loss": self.reconstruction_loss.call(ab, learned)}, weight)
        self.score_pictures(lightness, ab, self.painter(learned), weight)
        return {**self.trackers.results(("loss",)), **self.picture_results()}


def build_cnn(config: TrainConfig, total_steps: int) -> ColorizationCNN:
    """The config's CNN, compiled for a run of so many steps.

    Network and optimizer are built here, so under a strategy call it inside of its scope.
    """
    config = config.settled()
    model = ColorizationCNN(network=config.network(), loss=config.loss, clip_norm=config.clip_norm)
    # XLA's compile time on a CPU is more than it saves, and CPU replicas do not run under it.
    model.compile(optimizer=build_optimizer(config, total_steps), jit_compile=False)
    model.optimizer.build(model.network.trainable_variables)
    return model
