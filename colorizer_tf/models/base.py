"""What all models share: the network from L to ab, and the scores of held-out pictures."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.models import metrics
from colorizer_tf.models.averaging import StatisticsAverage
from colorizer_tf.models.defaults import network_defaults
from colorizer_tf.models.losses import LOSSES, PhotoMean
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.models.preparation import freeze, from_package, split, synchronize
from colorizer_tf.models.tracking import Trackers
from colorizer_tf.networks import (
    LOGITS,
    build_network,
    coarsener,
    feature_distance,
    unet_stride,
)
from colorizer_tf.networks.weight_names import named_weights

PICTURE_SCORES = ("psnr", "delta_e", "colorfulness")
MEAN_COLOR = ("mean_a", "mean_b", "mean_chroma")


class Stage(NamedTuple):
    """A part of a run that has its own training step.

    Attributes:
        name: passed to `ColorizationModel.enter`.
        end: number of epochs after which it ends, counted from the run's start.
    """

    name: str
    end: int


class ColorizationModel(keras.Model):
    """A network from scaled L to scaled ab, trained on batches of `(scaled L, scaled ab)`.

    A subclass owns its training and test steps, the defaults of its settings, its stages, its
    guard events and the network that it exports.

    Args:
        network: settings of `networks.build_network`.
        loss: a key of `losses.LOSSES`.
        clip_norm: global norm to which the gradients of a loss of weight 1 are clipped (0: none).
        freeze_encoder: "none", or what of a pretrained encoder is kept fixed: "norm", its batch
            normalization with its statistics, or "all" of it.
        feature_weight: of the distance between frozen ImageNet features of the predicted and the
            true picture, beside the reconstruction loss (0: none).
        pretrained_features: whether frozen features are read from their package, or come with the
            model's weights.
        ema: momentum of the optimizer's averaged weights (0: none), with which batch statistics are
            averaged too.
        tracked: names of the means that the steps report, beyond the scores of pictures.

    Attributes:
        EVENTS: names of the guard events that it can report.
        network: `(n, h, w, 1)` to `(n, h, w, 2)`.
        learner: the same weights up to the input of the reconstruction loss: scaled ab, or the
            logits of color classes.
        painter: from the learner's output to scaled ab.
        stage: name of the current stage, see `stages`.
        best_by: the key of the validation log by which the best epoch is chosen; lower is better.
    """

    EVENTS: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        network: Mapping[str, Any],
        loss: str,
        clip_norm: float,
        tracked: Sequence[str] = (),
        freeze_encoder: str = "none",
        feature_weight: float = 0.0,
        pretrained_features: bool = False,
        ema: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._settings: dict[str, Any] = {
            "network": dict(network),
            "loss": loss,
            "clip_norm": clip_norm,
            "freeze_encoder": freeze_encoder,
            "feature_weight": feature_weight,
            "ema": ema,
        }
        self.network = build_network(network)
        self.stride, self.ab_stride = self.network.stride, self.network.ab_stride
        synchronize(self.network)
        freeze(self.network, freeze_encoder)
        self.reconstruction_loss = LOSSES[loss]()
        self.learner, self.painter = split(self.network, self.reconstruction_loss.layer)
        self.coarsen = coarsener(self.ab_stride)
        self.clip_norm, self.feature_weight = clip_norm, feature_weight
        if feature_weight:
            self.feature_distance = from_package(feature_distance, pretrained_features)
            self.photo_mean = PhotoMean()
        self.trackers = Trackers((*tracked, *PICTURE_SCORES, *MEAN_COLOR))
        self.statistics_average = StatisticsAverage(self, self.network, ema) if ema else None
        self.best_by = "val_delta_e"
        self.stage = ""
        self.built = True

    @classmethod
    def defaults(cls, config: TrainConfig) -> dict[str, Any]:
        """This model's values for settings of a config that are None."""
        raise NotImplementedError

    @classmethod
    def complete(cls, config: TrainConfig) -> TrainConfig:
        """The config with this model's defaults for settings that are None.

        Raises:
            UsageError: if settings do not fit this model.
        """
        defaults = network_defaults(config) | cls.defaults(config)
        missing = {k: v for k, v in defaults.items() if getattr(config, k) is None}
        return dataclasses.replace(config, **missing)

    @classmethod
    def stages(cls, config: TrainConfig) -> tuple[Stage, ...]:
        """The parts of a run, in order."""
        return (Stage("train", config.epochs),)

    @classmethod
    def stride_of(cls, config: TrainConfig) -> int:
        """The number that height and width of its pictures must be divisible by."""
        return unet_stride(config.widths or (), config.encoder or "plain")

    @classmethod
    def build_from(cls, config: TrainConfig, total_steps: int) -> Self:
        """The model of a complete config, compiled for a run of so many steps."""
        raise NotImplementedError

    @classmethod
    def settings_of(cls, config: TrainConfig) -> dict[str, Any]:
        """The constructor's arguments that all models have, for a complete config."""
        return {
            "network": cls.network_settings(config),
            "loss": str(config.loss),
            "clip_norm": config.clip_norm,
            "freeze_encoder": config.freeze_encoder or "none",
            "feature_weight": config.feature_weight,
            "pretrained_features": config.pretrained,
            "ema": config.ema or 0.0,
        }

    @staticmethod
    def network_settings(config: TrainConfig) -> dict[str, Any]:
        """Settings of `build_network` for a complete config."""
        classes = LOSSES[str(config.loss)].layer == LOGITS
        names = ("encoder", "blocks", "skips", "norm", "ab_stride")
        return {
            "widths": list(config.widths or ()),
            **{name: getattr(config, name) for name in names},
            "head": "classes" if classes else "ab",
            "temperature": config.validation_temperature,
        }

    def supervised_loss(self, lightness: Any, real_ab: Any, learned: Any) -> Any:
        """What the network learns from the true colors.

        The pictures whose features are compared are both as coarse as the network's ab, else the
        distance would be one of sharpness.
        """
        loss = self.reconstruction_loss(real_ab, learned)
        if self.feature_weight:
            pictures = [lightness, self.coarsen(real_ab), self.painter(learned)]
            distances = self.feature_distance(pictures)
            loss += self.feature_weight * self.photo_mean(tf.zeros_like(distances), distances)
        return loss

    def average_statistics(self) -> None:
        """Add the batch statistics to their averages, after a step of the optimizer."""
        if self.statistics_average:
            self.statistics_average.update(self._plain_optimizer().iterations)

    def _plain_optimizer(self) -> Any:
        """The optimizer within loss scaling."""
        return getattr(self.optimizer, "inner_optimizer", self.optimizer)

    def enter(self, stage: str) -> None:
        """Begin a stage: the next `fit` traces its own steps."""
        if stage != self.stage:
            self.stage = stage
            self.train_function = self.test_function = None

    def find_events(self, row: Mapping[str, float], config: TrainConfig) -> list[str]:  # noqa: ARG002
        """Which of `EVENTS` an epoch shows.

        Args:
            row: the epoch's logs, with validation ("val_...") and the baseline.
            config: holds the limits.
        """
        return []

    def score_epoch(self, row: Mapping[str, float]) -> dict[str, float]:  # noqa: ARG002
        """Further validation measures of an epoch, by name; each event adds 1 to them."""
        return {}

    def step_settings(self) -> dict[str, float]:
        """Values that change in the course of a run, for its log."""
        return {}

    def soften(self, rollbacks: int) -> None:
        """Continue more carefully after so many rollbacks to good weights, if the model can."""

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

    def samples(self, lightness: Any) -> list[Any]:
        """The ab of L that a run's pictures show; a model that draws at random gives several.

        Args:
            lightness: `(n, h, w, 1)`, unscaled.
        """
        return [self.predict_ab(lightness)]

    def named_weights(self) -> dict[str, Any]:
        """Variables of all that is exported, by name, see `networks.weight_names`."""
        return named_weights(self.network)

    def has_average(self) -> bool:
        """Whether there are averaged weights: before the first step the averages are zero."""
        optimizer = self._plain_optimizer()
        return bool(
            optimizer is not None and optimizer.use_ema and np.asarray(optimizer.iterations) > 0
        )

    def exported_network(self) -> keras.Model:
        """The network to export: with its averaged weights and statistics, if the run kept any."""
        if self.has_average():
            self._plain_optimizer().finalize_variable_values(self.network.trainable_variables)
            if self.statistics_average:
                self.statistics_average.apply()
        return self.network

    def exported_parts(self) -> dict[str, Any]:
        """Further arguments of `export.saved_model.export_network` beside the network."""
        return {}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings}


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """Scaled L, scaled ab and the pictures' weights, None where there are none."""
    lightness, ab, weight = data if len(data) == 3 else (*data, None)
    return lightness, ab, weight
