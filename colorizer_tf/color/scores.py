"""Scores of pictures out of means over their pixels: the same formulas in training and evaluation.

Written once against the names that `numpy` and `tensorflow` share, as `conversion` is. The callers
take the means: `models.metrics` over batches in a graph, `evaluation.measures` over strips of a
large picture.
"""

import math
from typing import Any

from colorizer_tf.color.conversion import namespace_of

# Equal pictures would be infinitely good, and so would any mean that holds one.
PSNR_CEILING = 100.0


def psnr(mean_square: Any, peak: float = 1.0) -> Any:
    """Peak signal-to-noise ratio in dB, at most 100, of a mean squared error.

    Args:
        mean_square: of values whose largest possible one is `peak`.
        peak: 1 for sRGB in [0, 1], 255 for codes.
    """
    xp = namespace_of(mean_square)
    least = 10 ** (-PSNR_CEILING / 10)
    log = xp.log if hasattr(xp, "log") else xp.math.log
    return -10.0 / math.log(10.0) * log(xp.maximum(mean_square / peak**2, least))


def opponents(red: Any, green: Any, blue: Any) -> tuple[Any, Any]:
    """Red against green, and yellow against blue, of sRGB codes."""
    return red - green, (red + green) / 2 - blue


def colorfulness(mean: tuple[Any, Any], variance: tuple[Any, Any]) -> Any:
    """Hasler and Süsstrunk's colorfulness (2003, M3) of a picture.

    Args:
        mean: of the two `opponents` of 8-bit codes over the pixels.
        variance: of the two.

    Returns:
        On the paper's scale: about 15 is slightly, 45 quite, 80 highly colorful.
    """
    xp = namespace_of(mean[0])
    # Rounding may take a variance of zero below it.
    spread = xp.sqrt(xp.maximum(variance[0] + variance[1], 0.0))
    return spread + 0.3 * xp.sqrt(mean[0] * mean[0] + mean[1] * mean[1])


def hue_diversity(mean_a: Any, mean_b: Any, mean_length: Any, floor: float = 0.0) -> Any:
    """How much the hues of pictures differ from one another, in [0, 1].

    The circular variance (Mardia and Jupp 2000, section 2.3.1) of the directions of the pictures'
    mean colors, each weighted by its length: 0 when all have one hue, 1 when the hues cancel out.
    A picture counts by its color, so that a near-gray one's accidental hue does not.

    Args:
        mean_a: mean over the pictures of each one's mean a*.
        mean_b: the same of b*.
        mean_length: mean over the pictures of the length of each one's mean (a*, b*).
        floor: added to the length, so that gray pictures alone have no diversity.
    """
    xp = namespace_of(mean_length)
    resultant = xp.sqrt(mean_a * mean_a + mean_b * mean_b)
    # The two are equal where all hues are, but for rounding.
    return xp.maximum(mean_length - resultant, 0.0) / (mean_length + floor)
