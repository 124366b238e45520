"""The floor under every measure of a run: what a gray answer scores on the held-out photos."""

import keras
import tensorflow as tf

from colorizer_tf import color
from colorizer_tf.models import metrics
from colorizer_tf.models.base import MEAN_COLOR


def measure_baseline(valid: tf.data.Dataset) -> dict[str, float]:
    """What a gray answer scores, and how colorful the truth is: a floor for every measure.

    Args:
        valid: masked batches of `load_records`.
    """
    names = ("gray_delta_e", "gray_psnr", "true_colorfulness", *MEAN_COLOR)
    means = {name: keras.metrics.Mean() for name in names}
    for lightness, scaled_ab, weight in valid:
        level, ab = color.unscale_lightness(lightness), color.unscale_ab(scaled_ab)
        gray = tf.zeros_like(ab)
        rgb = color.lab_to_rgb(tf.concat([level, ab], -1))
        rgb_gray = color.lab_to_rgb(tf.concat([level, gray], -1))
        means["gray_delta_e"].update_state(metrics.delta_e(ab, gray), weight)
        means["gray_psnr"].update_state(metrics.psnr(rgb, rgb_gray), weight)
        means["true_colorfulness"].update_state(metrics.colorfulness(rgb), weight)
        mean_color = tf.unstack(metrics.mean_color(ab), axis=-1)
        for name, values in zip(MEAN_COLOR, mean_color, strict=True):
            means[name].update_state(values, weight)
    found = {name: float(mean.result()) for name, mean in means.items()}
    mean_colors = tf.constant([found.pop(name) for name in MEAN_COLOR])
    return found | {"true_hue_diversity": float(metrics.hue_diversity(mean_colors))}
