"""The CNN: a U-Net that learns ab from L by a reconstruction loss."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf import color, metrics
from colorizer_tf.config import TrainConfig
from colorizer_tf.losses import LOSSES
from colorizer_tf.models.optimizers import apply_gradients, build_optimizer
from colorizer_tf.models.tracking import update_mean
from colorizer_tf.networks import STEM_STRIDE, unet, unet_stride


@keras.saving.register_keras_serializable("colorizer_tf")
class ColorizationCNN(keras.Model):
    """A U-Net from scaled L to scaled ab, trained on batches of `(scaled L, scaled ab)`.

    Args:
        widths, blocks, skips, norm: the network's, see `networks.unet`.
        loss: a key of `losses.LOSSES`.
        clip_norm: global norm that gradients are clipped to (0: none).

    Attributes:
        network: the functional U-Net, `(n, h, w, 1)` to `(n, h, w, 2)`.
        stride: what h and w must be divisible by.
        ab_stride: how much coarser than the input the ab is, before the network enlarges it.
    """

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128, 256, 384),
        blocks: int = 1,
        skips: bool = True,
        norm: str = "batch",
        loss: str = "mse",
        clip_norm: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._settings = {
            "widths": list(widths),
            "blocks": blocks,
            "skips": skips,
            "norm": norm,
            "loss": loss,
            "clip_norm": clip_norm,
        }
        self.network = unet(widths, blocks, skips, norm)
        self.stride = unet_stride(widths)
        self.ab_stride = STEM_STRIDE
        self.reconstruction_loss = LOSSES[loss]()
        self.clip_norm = clip_norm
        self.trackers = {
            name: keras.metrics.Mean(name)
            for name in ("loss", "gradient_norm", "psnr", "delta_e", "colorfulness")
        }
        self.built = True

    def call(self, lightness: Any, training: bool = False) -> Any:
        return self.network(lightness, training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self.trackers.values())

    def train_step(self, data: Any) -> dict[str, Any]:
        lightness, ab = data
        with tf.GradientTape() as tape:
            predicted = self.network(lightness, training=True)
            loss = self.reconstruction_loss(ab, predicted)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.network.trainable_variables
        gradients = tape.gradient(scaled, variables)
        norm = apply_gradients(self.optimizer, gradients, variables, self.clip_norm)
        # The pictures' own losses: the object's is this replica's part of the batch's mean.
        update_mean(self.trackers["loss"], self.reconstruction_loss.call(ab, predicted))
        self.trackers["gradient_norm"].update_state(norm)
        return self._results("loss", "gradient_norm")

    def test_step(self, data: Any) -> dict[str, Any]:
        lightness, ab, weight = data if len(data) == 3 else (*data, None)
        predicted = self.network(lightness, training=False)
        level = color.unscale_lightness(lightness)
        rgb = color.lab_to_rgb(tf.concat([level, color.unscale_ab(ab)], -1))
        rgb_predicted = color.lab_to_rgb(tf.concat([level, color.unscale_ab(predicted)], -1))
        values = {
            "loss": self.reconstruction_loss.call(ab, predicted),
            "psnr": metrics.psnr(rgb, rgb_predicted),
            "delta_e": metrics.delta_e(color.unscale_ab(ab), color.unscale_ab(predicted)),
            "colorfulness": metrics.colorfulness(rgb_predicted),
        }
        for name, value in values.items():
            update_mean(self.trackers[name], value, weight)
        return self._results(*values)

    def _results(self, *names: str) -> dict[str, Any]:
        return {name: self.trackers[name].result() for name in names}

    def predict_ab(self, lightness: Any) -> Any:
        """Ab of L, both unscaled, `(n, h, w, 1)` to `(n, h, w, 2)`: h, w multiples of `stride`."""
        scaled = color.scale_lightness(tf.convert_to_tensor(lightness, tf.float32))
        return color.unscale_ab(self.network(scaled, training=False))

    def averaged_network(self) -> keras.Model:
        """The network to ship: with its averaged weights in their place, if the run kept any."""
        optimizer = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        if optimizer is not None and optimizer.use_ema:
            optimizer.finalize_variable_values(self.network.trainable_variables)
        return self.network

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings}


def build_cnn(config: TrainConfig, total_steps: int) -> ColorizationCNN:
    """The config's CNN, compiled for a run of so many steps.

    Network and optimizer are built here, so under a strategy call it inside of its scope.
    """
    model = ColorizationCNN(
        widths=config.widths,
        blocks=config.blocks,
        skips=config.skips,
        norm=config.norm,
        loss=config.loss,
        clip_norm=config.clip_norm,
    )
    # XLA's compile time on a CPU is more than it saves, and CPU replicas do not run under it.
    model.compile(optimizer=build_optimizer(config, total_steps), jit_compile=False)
    model.optimizer.build(model.network.trainable_variables)
    return model
