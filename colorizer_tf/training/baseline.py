"""The floor under every measure of a run: what a gray answer scores on the held-out photos."""

import keras
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.models import metrics
from colorizer_tf.models.base import MEAN_COLOR

# To compile takes as long as this many batches.
_BATCHES_WORTH_COMPILING = 4


def measure_baseline(valid: tf.data.Dataset) -> dict[str, float]:
    """What a gray answer scores, and how colorful the truth is: a floor for every measure.

    Args:
        valid: masked batches of `load_records`, all of one size.
    """
    names = ("gray_delta_e", "gray_psnr", "true_colorfulness", *MEAN_COLOR)
    means = {name: keras.metrics.Mean() for name in names}
    compiled = tf.function(_scores, jit_compile=True)
    for number, (lightness, scaled_ab, weight) in enumerate(valid):
        score = _scores if number < _BATCHES_WORTH_COMPILING else compiled
        for mean, values in zip(means.values(), score(lightness, scaled_ab), strict=True):
            mean.update_state(values, weight)
    found = {name: float(mean.result()) for name, mean in means.items()}
    mean_colors = tf.constant([found.pop(name) for name in MEAN_COLOR])
    return found | {"true_hue_diversity": float(metrics.hue_diversity(mean_colors))}


def _scores(lightness: tf.Tensor, scaled_ab: tf.Tensor) -> list[tf.Tensor]:
    """Of each photo: CIEDE2000 and PSNR of gray, colorfulness, the parts of the mean color."""
    level, ab = color.unscale_lightness(lightness), color.unscale_ab(scaled_ab)
    gray = tf.zeros_like(ab)
    rgb = color.lab_to_rgb(tf.concat([level, ab], -1))
    rgb_gray = color.lab_to_rgb(tf.concat([level, gray], -1))
    measures = [metrics.delta_e(ab, gray), metrics.psnr(rgb, rgb_gray), metrics.colorfulness(rgb)]
    return [*measures, *tf.unstack(metrics.mean_color(ab), axis=-1)]
