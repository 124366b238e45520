"""From noise to color: the noise of a seed, and the steps of a diffusion model's sampler.

Written once for NumPy and for TensorFlow, as `color.conversion` is, so that a photo and a seed give
the same picture in every runtime; for the same reason the noise comes from a hash of the seed.
"""

import math
from typing import Any

from colorizer_tf.color.conversion import namespace_of

_LOW_BITS = 0xFFFFFFFF


def rates(time: Any) -> tuple[Any, Any]:
    """Signal and noise rate at a time in [0, 1]: a cosine schedule (Nichol and Dhariwal 2021)."""
    xp = namespace_of(time)
    angle = time * (math.pi / 2)
    return xp.cos(angle), xp.sin(angle)


def ddim_step(noisy: Any, velocity: Any, time: Any, next_time: Any) -> Any:
    """Noisy color at the next, smaller time (DDIM without noise: Song, Meng and Ermon 2021).

    Args:
        noisy: `(n, h, w, 2)` at `time`; with signal rate c and noise rate s it is c x + s e.
        velocity: c e - s x, as it was predicted (Salimans and Ho 2022).
        time: in (0, 1], a scalar of the same library.
        next_time: in [0, time); at 0 the result is the clean color.
    """
    signal, noise = rates(time)
    next_signal, next_noise = rates(next_time)
    clean = signal * noisy - noise * velocity
    return next_signal * clean + next_noise * (noise * noisy + signal * velocity)


def guide(conditional: Any, unconditional: Any, guidance: Any) -> Any:
    """The velocity of classifier-free guidance (Ho and Salimans 2022); 1 is the conditional one."""
    return unconditional + guidance * (conditional - unconditional)


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
    log = xp.log if hasattr(xp, "log") else xp.math.log
    # Box and Muller 1958.
    return xp.sqrt(-2.0 * log(radius)) * xp.cos(2.0 * math.pi * angle)


def _uniform(bits: Any, xp: Any) -> Any:
    """In (0, 1), of whole numbers below 2 ** 32."""
    as_float = bits.astype("float64") if hasattr(bits, "astype") else xp.cast(bits, "float64")
    return (as_float + 0.5) / 2.0**32


def _hash(numbers: Any) -> Any:
    """32 mixed bits (Chris Wellons, "Prospecting for hash functions", lowbias32 2018)."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        numbers = ((numbers ^ (numbers // 2**shift)) * factor) & _LOW_BITS
    return numbers ^ (numbers // 2**16)
