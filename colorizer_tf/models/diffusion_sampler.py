"""Samples of a diffusion model in TensorFlow, for training and for export."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from colorizer_tf.inference.model_json import GUIDANCE, NOISE, TEMPERATURE
from colorizer_tf.inference.sampling import guide, seeded_noise, solver_step, tamed
from colorizer_tf.networks.denoiser import (
    CLASS_LOGITS,
    FEATURES,
    LABEL,
    NOISY,
    TIME,
    from_color,
)

Condition = dict[str, Any]


class DiffusionSampler:
    """Draws scaled ab for scaled L.

    Args:
        condition_on: from L, as `scaled_ab` is given it, to what a denoiser is told of it, see
            `networks.conditioner`.
        denoise: see `networks.denoiser`.
        ab_stride: how much coarser than L the denoiser's color is.
        has_labels: whether the denoiser takes a label.
        temperature, noise: see `model_json`.
    """

    def __init__(
        self,
        condition_on: Callable[[Any], Condition],
        denoise: Callable[[Condition], Any],
        ab_stride: int,
        has_labels: bool,
        temperature: float = TEMPERATURE,
        noise: float = NOISE,
    ) -> None:
        self._condition_on, self._denoise = condition_on, denoise
        self.temperature, self.noise = temperature, noise
        self.ab_stride, self.has_labels = ab_stride, has_labels

    def scaled_ab(
        self, lightness: Any, seed: Any, steps: Any, guidance: Any = GUIDANCE, label: Any = 0
    ) -> Any:
        """A sample for each picture.

        Args:
            lightness: `(n, h, w, 1)` scaled L; h and w are multiples of the model's stride.
            seed: a whole number, or one a picture, `(n,)` int64.
            steps: number of steps, int32.
            guidance: weight of classifier-free guidance, 1 for none.
            label: number of the label, 0 for none.

        Returns:
            `(n, h, w, 2)` scaled ab.
        """
        condition = self.condition(lightness, label)
        return from_color(self.color(condition, seed, steps, guidance), self.ab_stride)

    def condition(self, lightness: Any, label: Any = 0) -> Condition:
        """What the denoiser is told of scaled L and of a label."""
        condition = dict(self._condition_on(lightness))
        if CLASS_LOGITS in condition:
            condition[CLASS_LOGITS] /= self.temperature
        if self.has_labels:
            count = tf.shape(lightness)[0]
            condition |= {LABEL: tf.broadcast_to(tf.cast(label, tf.int32), [count])}
        return condition

    def color(self, condition: Condition, seed: Any, steps: Any, guidance: Any = GUIDANCE) -> Any:
        """The denoiser's color, `(n, h, w, 2)`, from the noise of the seed."""
        steps = tf.cast(steps, tf.int32)
        length = 1.0 / tf.cast(steps, tf.float32)

        def step(number: Any, noisy: Any, clean: Any) -> tuple[Any, Any, Any]:
            time = 1.0 - tf.cast(number, tf.float32) * length
            velocity = self.velocity(condition, noisy, time, guidance)
            return number + 1, *solver_step(noisy, velocity, clean, time, length)

        noise = tf.cast(tamed(self._noise(condition[FEATURES], seed), self.noise), tf.float32)
        start = [tf.constant(0), noise, tf.zeros_like(noise)]
        color_shape = tf.TensorShape([None, None, None, 2])
        shapes = [tf.TensorShape([]), color_shape, color_shape]
        return tf.while_loop(lambda number, *_: number < steps, step, start, shapes)[1]

    def velocity(self, condition: Condition, noisy: Any, time: Any, guidance: Any) -> Any:
        """The velocity of noisy color at a time, with guidance."""
        times = tf.broadcast_to(time, [tf.shape(noisy)[0]])
        given = {NOISY: noisy, TIME: times}
        conditional = self._denoise(condition | given)

        def guided() -> Any:
            nothing = {name: tf.zeros_like(value) for name, value in condition.items()}
            return guide(conditional, self._denoise(nothing | given), guidance)

        if isinstance(guidance, float):
            return conditional if guidance == 1.0 else guided()
        return tf.cond(tf.equal(guidance, 1.0), lambda: conditional, guided)

    @staticmethod
    def _noise(features: Any, seed: Any) -> Any:
        shape = tf.shape(features, tf.int64)
        positions = tf.reshape(tf.range(shape[1] * shape[2] * 2), [1, shape[1], shape[2], 2])
        seeds = tf.broadcast_to(tf.cast(seed, tf.int64), shape[:1])
        return seeded_noise(seeds[:, None, None, None], tf.repeat(positions, shape[0], axis=0))
