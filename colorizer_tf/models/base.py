"""What all models share: the network from L to ab, and what held-out pictures are scored by."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.models import metrics
from colorizer_tf.models.losses import CLASS_LOSSES, LOSSES
from colorizer_tf.models.tracking import Trackers
from colorizer_tf.networks import LOGITS, STEM_STRIDE, unet, unet_stride

PICTURE_SCORES = ("psnr", "delta_e", "colorfulness")
MEAN_COLOR = ("mean_a", "mean_b", "mean_chroma")


class ColorizationModel(keras.Model):
    """A U-Net from scaled L to scaled ab, in training on batches of `(scaled L, scaled ab)`.

    Args:
        network: arguments of `networks.unet`.
        loss: a key of `losses.LOSSES`.
        clip_norm: global norm that the gradients of a loss of weight 1 are clipped to (0: none).
        tracked: names of the means that the steps report, beyond the scores of pictures.

    Attributes:
        network: the functional U-Net, `(n, h, w, 1)` to `(n, h, w, 2)`.
        learner: the same weights up to what the reconstruction loss takes: scaled ab, or the logits
            of color classes.
        painter: from what the learner gives to scaled ab.
        stride: what h and w must be divisible by.
        ab_stride: how much coarser than the input the ab is, before the network enlarges it.
        stage: which part of its training it is in; see `TrainConfig.stages`.
        best_by: the key of the validation log, to be low, by which a run's best epoch is chosen.
    """

    best_by = "val_delta_e"

    def __init__(
        self,
        network: Mapping[str, Any],
        loss: str,
        clip_norm: float,
        tracked: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._settings: dict[str, Any] = {
            "network": dict(network),
            "loss": loss,
            "clip_norm": clip_norm,
        }
        self.network = unet(**network)
        _synchronize(self.network)
        learned = self.network.get_layer(LOGITS).output if loss in CLASS_LOSSES else None
        self.learner = self.network if learned is None else keras.Model(self.network.input, learned)
        self.painter = _same if learned is None else keras.Model(learned, self.network.output)
        self.ab_stride = int(network.get("ab_stride", STEM_STRIDE))
        self.stride = unet_stride(network["widths"], network.get("encoder", "plain"))
        self.reconstruction_loss = LOSSES[loss]()
        self.clip_norm = clip_norm
        self.trackers = Trackers((*tracked, *PICTURE_SCORES, *MEAN_COLOR))
        self.stage = ""
        self.built = True

    def enter(self, stage: str) -> None:
        """Begin a stage: the next `fit` traces its own steps."""
        if stage != self.stage:
            self.stage = stage
            self.train_function = self.test_function = None

    def step_settings(self) -> dict[str, float]:
        """What changes in the course of a run and belongs into its log."""
        return {}

    def retreat(self, rollbacks: int) -> None:
        """Go on more carefully after so many rollbacks to good weights; a GAN can."""

    def call(self, lightness: Any, training: bool = False) -> Any:
        return self.network(lightness, training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return self.trackers.metrics

    def score_pictures(self, lightness: Any, ab: Any, predicted: Any, weight: Any) -> None:
        """Add the scores of a batch of predictions to the means."""
        level, ab, predicted = (
            color.unscale_lightness(lightness),
            color.unscale_ab(ab),
            color.unscale_ab(predicted),
        )
        rgb = color.lab_to_rgb(tf.concat([level, ab], -1))
        rgb_predicted = color.lab_to_rgb(tf.concat([level, predicted], -1))
        mean_color = tf.unstack(metrics.mean_color(predicted), axis=-1)
        self.trackers.add(
            {
                "psnr": metrics.psnr(rgb, rgb_predicted),
                "delta_e": metrics.delta_e(ab, predicted),
                "colorfulness": metrics.colorfulness(rgb_predicted),
                **dict(zip(MEAN_COLOR, mean_color, strict=True)),
            },
            weight,
        )

    def picture_results(self) -> dict[str, Any]:
        """The scores of the pictures so far."""
        mean_color = tf.stack(list(self.trackers.results(MEAN_COLOR).values()))
        return {
            **self.trackers.results(PICTURE_SCORES),
            "hue_diversity": metrics.hue_diversity(mean_color),
        }

    def predict_ab(self, lightness: Any) -> Any:
        """Ab of L, both unscaled, `(n, h, w, 1)` to `(n, h, w, 2)`: h, w multiples of `stride`."""
        scaled = color.scale_lightness(tf.convert_to_tensor(lightness, tf.float32))
        return color.unscale_ab(self.network(scaled, training=False))

    def has_average(self) -> bool:
        """Whether there are averaged weights: before the first step the averages are zero."""
        optimizer: Any = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        return bool(
            optimizer is not None and optimizer.use_ema and np.asarray(optimizer.iterations) > 0
        )

    def averaged_network(self) -> keras.Model:
        """The network to ship: with its averaged weights in their place, if the run kept any."""
        if self.has_average():
            optimizer: Any = getattr(self.optimizer, "inner_optimizer", self.optimizer)
            optimizer.finalize_variable_values(self.network.trainable_variables)
        return self.network

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings}


def _same(scaled_ab: Any) -> Any:
    return scaled_ab


def _synchronize(network: keras.Model) -> None:
    """Statistics over all replicas' photos where there are several: alone it costs a third more."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = replicas > 1


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """Scaled L, scaled ab and the pictures' weights, None where there are none."""
    lightness, ab, weight = data if len(data) == 3 else (*data, None)
    return lightness, ab, weight
