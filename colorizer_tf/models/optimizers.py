"""Optimizers from a config, and the one way gradients are clipped and applied."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.models.options import TrainConfig

# Begins the names of the layers of an encoder that can be pretrained.
ENCODER = "encoder_"
PRETRAINED_RATE = 0.3


class EncoderRate:
    """Mixin of a Keras optimizer: the encoder's variables take a share of the learning rate."""

    def __init__(self, *args: Any, encoder_rate: float = 1.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.encoder_rate = encoder_rate

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change a variable by its gradient."""
        # A TensorFlow variable here: its name begins with its layer's.
        if variable.name.startswith(ENCODER):
            learning_rate = learning_rate * self.encoder_rate
        super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]

    def get_config(self) -> dict[str, Any]:
        """As Keras's."""
        return {**super().get_config(), "encoder_rate": self.encoder_rate}  # type: ignore[misc]


@keras.saving.register_keras_serializable("colorizer_tf")
class AdamW(EncoderRate, keras.optimizers.AdamW):
    """Keras's, with `EncoderRate`."""


@keras.saving.register_keras_serializable("colorizer_tf")
class Adam(EncoderRate, keras.optimizers.Adam):
    """Keras's, with `EncoderRate`."""


@keras.saving.register_keras_serializable("colorizer_tf")
class SGD(EncoderRate, keras.optimizers.SGD):
    """Keras's, with `EncoderRate`."""


def build_optimizer(config: TrainConfig, total_steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a complete config: its rate rises linearly, then falls as a cosine to 0."""
    warmup = round(config.warmup * total_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else config.learning_rate,
        decay_steps=max(1, total_steps - warmup),
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    arguments: dict[str, Any] = {"encoder_rate": _encoder_rate(config)}
    if config.ema:
        arguments |= {"use_ema": True, "ema_momentum": config.ema}
    if config.optimizer == "sgd":
        return SGD(schedule, **arguments)
    arguments["beta_1"] = config.beta_1
    if config.optimizer == "adam":
        return Adam(schedule, **arguments)
    optimizer = AdamW(schedule, weight_decay=config.weight_decay, **arguments)
    # Decay is for kernels: on a bias or a normalization's scale it only fights the data.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _encoder_rate(config: TrainConfig) -> float:
    """The encoder's learning rate as a share of the others'."""
    if config.encoder_learning_rate is None or not config.learning_rate:
        # One that has learned to color needs no more care than the decoder.
        return PRETRAINED_RATE if config.pretrained and not config.init_from else 1.0
    return config.encoder_learning_rate / config.learning_rate


def scale_where_needed(
    optimizer: keras.optimizers.Optimizer, policy: keras.DTypePolicy
) -> keras.optimizers.Optimizer:
    """The optimizer, under mixed_float16 with loss scaling, as `compile` does for its own."""
    scaling = keras.optimizers.LossScaleOptimizer
    if policy.name != "mixed_float16" or isinstance(optimizer, scaling):
        return optimizer
    return scaling(optimizer)


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Any],
    variables: Sequence[Any],
    clip_norm: float,
) -> Any:
    """Clip the whole batch's gradients to a global norm, take a step, and give their norm.

    Keras clips each replica's own share before it adds the shares up, so its result depends on the
    number of replicas. Here the shares are added first; the optimizer then adds what are equal
    parts of the same clipped sum.

    Args:
        optimizer: may be a `LossScaleOptimizer`; the gradients are then of the scaled loss.
        gradients: this replica's, as many as variables.
        variables: what to change.
        clip_norm: the largest norm (0: no clipping).

    Returns:
        The norm before clipping, of the unscaled loss; a scalar, not finite after an overflow.
    """
    replicas = tf.distribute.get_replica_context()
    gradients = replicas.all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))
    scale = getattr(optimizer, "dynamic_scale", None)
    scale = 1.0 if scale is None else tf.convert_to_tensor(scale)
    norm = tf.linalg.global_norm(gradients) / scale
    if clip_norm:
        # An infinite norm makes every gradient NaN here: a loss scale then skips the step, and
        # without one the loss shows it at once.
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm * scale, norm * scale)
    parts = replicas.num_replicas_in_sync
    optimizer.apply([g / parts for g in gradients], variables)
    return norm
