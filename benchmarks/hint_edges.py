"""How much of a hint's color goes over a clear edge: drawn pictures, one hint in each.

A picture has two sides, flat but for noise: halves or a disc of another lightness, or a disc of the
same with an outline around it. The leak is the mean likeness to the hint beyond the edge over that
within; "open" is what it would be if edges did not count.
"""

import dataclasses
from typing import Any

import numpy as np
from frame import benchmark

from colorizer_tf import Colorizer
from colorizer_tf.inference import model_json
from colorizer_tf.inference.hints.kernel import likeness, places_of

SIDE, MARGIN, NOISE = 256, 8, 3


def measure(model: str = "cnn") -> dict[str, Any]:
    """The leak of each picture, with edges and as if open, and the largest one."""
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    found: dict[str, Any] = {}
    for name, (picture, depth) in pictures().items():
        closed, opened = leaks(colorizer, picture, depth)
        found |= {name: closed, f"{name}_open": opened}
    return found | {"largest": max(found[name] for name in pictures())}


def pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A gray picture and how far each pixel lies within the hint's side, in pixels, by name."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    half, disc = SIDE / 2 - x, SIDE / 4 - np.hypot(x - SIDE / 2, y - SIDE / 2)
    sides = {
        "halves_100_130": (np.where(half > 0, 100, 130), half),
        "halves_180_80": (np.where(half > 0, 180, 80), half),
        "disc_60_140": (np.where(disc > 0, 60, 140), disc),
        "outline_dark": (np.where(np.abs(disc) < 2.5, 30, 120), disc),
        "outline_bright": (np.where(np.abs(disc) < 2.5, 220, 90), disc),
    }
    return {
        name: (np.clip(gray + rng.normal(0, NOISE, gray.shape), 0, 255).astype(np.uint8), depth)
        for name, (gray, depth) in sides.items()
    }


def leaks(colorizer: Colorizer, picture: np.ndarray, depth: np.ndarray) -> tuple[float, float]:
    """With edges, and without, of a hint at the place deepest within its side."""
    prediction = colorizer.predict(picture)
    height, width = prediction.lightness.shape
    coarse = depth[:: SIDE // height, :: SIDE // width][:height, :width].ravel()
    # Of halves many are as deep: the middle one.
    deepest = np.flatnonzero(coarse == coarse.max())
    places = places_of(prediction, model_json.hint_kernel(colorizer.info))
    found = []
    for each in (places, dataclasses.replace(places, regions=None)):
        alike = likeness(each, each[deepest[[len(deepest) // 2]]])[:, 0]
        found.append(float(alike[coarse < -MARGIN].mean() / alike[coarse > MARGIN].mean()))
    return found[0], found[1]


if __name__ == "__main__":
    benchmark(measure, asked={"largest": "<= 0.05"})
