"""From noise to color: the noise of a seed, and the steps of a diffusion model's sampler.

Written once for NumPy and for TensorFlow, as `color.conversion` is, so that a photo and a seed give
the same picture in every runtime; for the same reason the noise comes from a hash of the seed.
"""

import math
from typing import Any

from colorizer_tf.color.conversion import namespace_of

# Factor of noise over signal at time 1, growing to it from 1 at time 0. The mean color of a picture
# outlives noise that is far stronger than a pixel's color: with the plain cosine schedule the first
# of eight steps decides it, as the mean of all that is likely, and colors come out weak.
NOISE_SHIFT = 16.0
_LOW_BITS = 0xFFFFFFFF


def rates(time: Any) -> tuple[Any, Any]:
    """Signal and noise rate at a time in [0, 1], the squares of which have the sum 1.

    A cosine schedule (Nichol and Dhariwal 2021), with more of its time at strong noise (the
    interpolated shift of Hoogeboom, Heek and Salimans 2023).
    """
    xp = namespace_of(time)
    angle = time * (math.pi / 2)
    signal, noise = xp.cos(angle), NOISE_SHIFT**time * xp.sin(angle)
    length = xp.sqrt(signal * signal + noise * noise)
    return signal / length, noise / length


def solver_step(
    noisy: Any, velocity: Any, last_clean: Any, time: Any, length: Any
) -> tuple[Any, Any]:
    """Noisy color a step later, and the clean color that was predicted on the way.

    DPM-Solver++(2M) of Lu et al. 2022: a DDIM step (Song, Meng and Ermon 2021) whose clean color
    goes on in a line from the step before. In few steps DDIM alone leaves too little variance.

    Args:
        noisy: `(n, h, w, 2)` at `time`; with signal rate c and noise rate s it is c x + s e.
        velocity: c e - s x, as it was predicted (Salimans and Ho 2022).
        last_clean: what the step before gave; at time 1 it counts for nothing.
        time: in (0, 1], a scalar of the same library.
        length: of the step, at most `time`; at time 0 the noisy color is clean.
    """
    xp = namespace_of(time)
    later = xp.maximum(time - length, 0 * time)
    signal, noise = rates(time)
    later_signal, later_noise = rates(later)
    clean = signal * noisy - noise * velocity
    before, now, then = (_log_ratio(each) for each in (time + length, time, later))
    inner = (time < 1) & (later > length / 2)
    slope = (then - now) / xp.maximum(2 * (now - before), 0 * time + 1e-6)
    weight = xp.where(inner, slope, 0 * time)
    target = clean + weight * (clean - last_clean)
    return later_signal * target + later_noise * (noisy - signal * target) / noise, clean


def _log_ratio(time: Any) -> Any:
    """The logarithm of signal over noise, in finite limits."""
    xp = namespace_of(time)
    signal, noise = rates(xp.minimum(time, 0 * time + 1))
    least = 0 * time + 1e-6
    return _log(xp.maximum(signal, least)) - _log(xp.maximum(noise, least))


def guide(conditional: Any, unconditional: Any, guidance: Any) -> Any:
    """The velocity of classifier-free guidance (Ho and Salimans 2022); 1 is the conditional one."""
    return unconditional + guidance * (conditional - unconditional)


def tamed(noise: Any, share: Any) -> Any:
    """Noise `(n, h, w, 2)` of which but its mean over each picture counts for less.

    The mean decides on the color of the picture, and so on what differs between draws; the rest,
    in full, colors places that belong together differently.
    """
    xp = namespace_of(noise)
    mean = xp.mean if hasattr(xp, "mean") else xp.reduce_mean
    return share * noise + (1 - share) * mean(noise, axis=(1, 2), keepdims=True)


def seeded_noise(seed: Any, positions: Any) -> Any:
    """Standard normal numbers, fixed by the seed and their positions.

    Args:
        seed: a whole number in [0, 2 ** 31), a scalar.
        positions: whole numbers from 0, an int64 array of NumPy or TensorFlow of any shape.

    Returns:
        float64 of the shape of the positions.
    """
    xp = namespace_of(positions)
    key = _hash(positions * 0 + seed + 1)
    radius, angle = (_uniform(_hash((2 * positions + half) ^ key), xp) for half in (0, 1))
    # Box and Muller 1958.
    return xp.sqrt(-2.0 * _log(radius)) * xp.cos(2.0 * math.pi * angle)


def _log(numbers: Any) -> Any:
    xp = namespace_of(numbers)
    return (xp.log if hasattr(xp, "log") else xp.math.log)(numbers)


def _uniform(bits: Any, xp: Any) -> Any:
    """In (0, 1), of whole numbers below 2 ** 32."""
    as_float = bits.astype("float64") if hasattr(bits, "astype") else xp.cast(bits, "float64")
    return (as_float + 0.5) / 2.0**32


def _hash(numbers: Any) -> Any:
    """32 mixed bits (Chris Wellons, "Prospecting for hash functions", lowbias32 2018)."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        numbers = ((numbers ^ (numbers // 2**shift)) * factor) & _LOW_BITS
    return numbers ^ (numbers // 2**16)
