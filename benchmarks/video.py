"""Films: steady color against frame by frame on moving crops of photos, and speed at 1080p.

Each clip is a crop that moves over a sample photo by whole pixels, with new grain in each frame, so
that both its color and its motion are known. The warping error is the mean change of ab of the same
point from one frame to the next, at full size.
"""

import itertools
import os
import time
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
from colorizer_tf.video.film import color_film
from colorizer_tf.video.options import FilmOptions
from colorizer_tf.video.steadiness import steady

PHOTOS = Path(__file__).parents[1] / "samples" / "photos"
# Crops move by so many pixels a frame, down and right.
MOVES = {"astronaut": (1, 2), "cat": (0, 3), "coffee": (1, 3), "temple": (2, 1)}
CROP, GRAIN = 256, 4.0
# The machine's speed changes: both are timed in turn, and the median counts.
ROUNDS = 3


def measure(
    folder: Path, frames: int = 48, speed_frames: int = 72, model: str | None = None
) -> dict[str, Any]:
    """Figures over all clips, of the model that ships unless another is named."""
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    clips = [_clip(name, frames) for name in MOVES]
    by_frame = [_predict(colorizer, grays) for grays, _ in clips]
    steadied = [_steady(colorizer, grays) for grays, _ in clips]
    sides = {"by_frame": by_frame, "steady": steadied}
    errors, differences = {}, {}
    for side, predictions in sides.items():
        scores = [
            _scores(grays, each, truth, move)
            for (grays, truth), each, move in zip(clips, predictions, MOVES.values(), strict=True)
        ]
        errors[side], differences[side] = np.array(scores).T
    ratios = errors["steady"] / errors["by_frame"]
    return {
        "warping_ratio_worst": ratios.max(),
        "warping_ratio": ratios.mean(),
        "delta_e_by_frame": differences["by_frame"].mean(),
        "delta_e_steady": differences["steady"].mean(),
        "delta_e_worse": max(0.0, (differences["steady"] - differences["by_frame"]).max()),
        "leak_over_cut": _leak(colorizer, [grays for grays, _ in clips[:2]], steadied),
        **_speed(folder, speed_frames, colorizer),
    }


def _clip(name: str, frames: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gray frames with grain, and the same in color without."""
    photo = cv2.imread(str(PHOTOS / f"{name}.jpg"))[..., ::-1]
    down, right = MOVES[name]
    # Every move has its room: a photo that is smaller is enlarged.
    scale = max(
        1.0, (CROP + down * frames) / photo.shape[0], (CROP + right * frames) / photo.shape[1]
    )
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    grays, truth = [], []
    for number in range(frames):
        crop = photo[down * number :, right * number :][:CROP, :CROP]
        gray = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
        grain = rng.normal(0, GRAIN, gray.shape)
        grays.append(np.clip(gray + grain, 0, 255).astype(np.uint8))
        truth.append(crop)
    return grays, truth


def _small(colorizer: Colorizer, grays: list[np.ndarray]) -> np.ndarray:
    sides = network_sides(CROP, CROP, colorizer.size)
    return np.stack([small_lightness(gray, *sides) for gray in grays])


def _predict(colorizer: Colorizer, grays: list[np.ndarray]) -> list[Any]:
    return colorizer.predict_lightness(_small(colorizer, grays))


def _steady(colorizer: Colorizer, grays: list[np.ndarray]) -> list[Any]:
    frames = enumerate(_small(colorizer, grays))
    return [prediction for _, prediction in steady(frames, colorizer.predict_lightness)]


def _scores(
    grays: list[np.ndarray], predictions: list[Any], truth: list[np.ndarray], move: tuple[int, int]
) -> tuple[float, float]:
    """The warping error, and the mean CIEDE2000 against the truth."""
    down, right = move
    labs = [
        rgb_to_lab(Colorizer.merge(gray, prediction))
        for gray, prediction in zip(grays, predictions, strict=True)
    ]
    changes = [
        np.abs(one[down:, right:, 1:] - other[: CROP - down, : CROP - right, 1:]).mean()
        for one, other in itertools.pairwise(labs)
    ]
    off = [
        np.mean(ciede2000(lab, rgb_to_lab(np.ascontiguousarray(color))))
        for lab, color in zip(labs[::2], truth[::2], strict=True)
    ]
    return float(np.mean(changes)), float(np.mean(off))


def _leak(colorizer: Colorizer, shots: list[list[np.ndarray]], steadied: list[list[Any]]) -> float:
    """The most that ab next to a cut differs from that of its shot alone."""
    film = _steady(colorizer, [*shots[0], *shots[1]])
    alone = [*steadied[0], *steadied[1]]
    cut = len(shots[0])
    pairs = zip(film[cut - 1 : cut + 1], alone[cut - 1 : cut + 1], strict=True)
    return max(float(np.abs(one.ab - other.ab).max()) for one, other in pairs)


def _speed(folder: Path, frames: int, colorizer: Colorizer) -> dict[str, Any]:
    """Frames a second at 1080p, beside decoding and encoding alone."""
    film = folder / "film.mp4"
    photo = cv2.imread(str(PHOTOS / "temple.jpg"), cv2.IMREAD_GRAYSCALE)
    large = cv2.resize(photo, (2100, 1300))
    with av.open(str(film), "w") as output:
        stream = _stream(output)
        for number in range(frames):
            crop = np.ascontiguousarray(large[number:, 2 * number :][:1080, :1920])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(crop, format="gray")))
        output.mux(stream.encode(None))
    color_film(film, folder / "warm.mp4", colorizer, FilmOptions(end=0.2))
    seconds: list[list[float]] = []
    for number in range(ROUNDS):
        colored, times = folder / f"color{number}.mp4", [time.perf_counter()]
        _transcode(film, folder / "plain.mp4")
        times.append(time.perf_counter())
        color_film(film, colored, colorizer, FilmOptions())
        times.append(time.perf_counter())
        _transcode(colored, folder / "again.mp4")
        times.append(time.perf_counter())
        seconds.append(np.diff(times).tolist())
    plain, ours, again = np.median(seconds, axis=0)
    return {
        "cores": os.cpu_count(),
        "frames_per_second": frames / ours,
        "decode_encode_per_second": frames / plain,
        "share_of_speed": np.median([plain / ours for plain, ours, _ in seconds]),
        # Encoding color takes longer than encoding gray.
        "color_decode_encode_per_second": frames / again,
        "share_of_color_speed": np.median([again / ours for _, ours, again in seconds]),
    }


def _stream(output: Any) -> Any:
    stream = output.add_stream("libx264", rate=25, options={"crf": "18"})
    stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
    return stream


def _transcode(source: Path, target: Path) -> None:
    with av.open(str(source)) as film, av.open(str(target), "w") as output:
        film.streams.video[0].thread_type = "AUTO"
        stream = _stream(output)
        for frame in film.decode(video=0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


if __name__ == "__main__":
    benchmark(
        measure,
        asked={
            "warping_ratio_worst": "<= 0.4",
            "delta_e_worse": "<= 0.05",
            "leak_over_cut": "<= 0.01",
            "share_of_speed": ">= 0.5",
        },
    )
