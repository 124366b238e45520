"""A diffusion model: the networks in any runtime, the sampler's loop in NumPy."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.inference.distribution import enlarged, expanded
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes import AB, LIGHTNESS, ONNX_FILE
from colorizer_tf.inference.sampling import guide, seeded_noise, solver_step, tamed

DENOISER_FILE = "denoiser.onnx"
ENCODE, DENOISE = "encode", "denoise"
# The U-Net's distribution, which the denoiser is told of.
LIKELY = "likely_logits"

Arrays = dict[str, np.ndarray]


class DiffusionRun:
    """Draws ab for L*; see `runtimes.Run`.

    Args:
        encode: from "lightness" to what the denoiser is told of it.
        denoise: from that, "noisy", "time" and perhaps "label" to "velocity".
        info: the content of `model.json`.
    """

    def __init__(
        self,
        encode: Callable[[Arrays], Arrays],
        denoise: Callable[[Arrays], np.ndarray],
        info: Mapping[str, Any],
    ) -> None:
        self._encode, self._denoise = encode, denoise
        self._facts, self._ab_stride = info["diffusion"], int(info["ab_stride"])

    def __call__(self, lightness: np.ndarray, request: PredictionRequest) -> Arrays:
        """A draw for each photo, all with the request's seed."""
        condition = self._encode({LIGHTNESS: lightness})
        seeds = [request.seed] * len(lightness)
        drawn = {AB: self._drawn(condition, lightness.shape[1:3], seeds, request)}
        return drawn | ({LIKELY: condition["logits"]} if "logits" in condition else {})

    def variants(
        self, lightness: np.ndarray, request: PredictionRequest, seeds: Sequence[int]
    ) -> list[Arrays]:
        """The outputs for each seed, of one photo `(1, h, w, 1)`, which is encoded once."""
        once = self._encode({LIGHTNESS: lightness})
        condition = {name: np.repeat(each, len(seeds), axis=0) for name, each in once.items()}
        likely = {LIKELY: once["logits"][0]} if "logits" in once else {}
        drawn = self._drawn(condition, lightness.shape[1:3], seeds, request)
        return [{AB: ab} | likely for ab in drawn]

    def _drawn(
        self,
        condition: Arrays,
        sides: tuple[int, ...],
        seeds: Sequence[int],
        request: PredictionRequest,
    ) -> np.ndarray:
        labels = self._facts["labels"]
        if labels:
            number = labels.index(request.label) + 1 if request.label else 0
            condition = condition | {"label": np.full(len(seeds), number, np.int32)}
        rows, columns = condition["features"].shape[1:3]
        positions = np.arange(2 * rows * columns).reshape(rows, columns, 2)
        noise = np.stack([seeded_noise(seed, positions) for seed in seeds])
        noisy = tamed(noise, float(self._facts.get("noise", 1))).astype(np.float32)
        if "logits" in condition:
            temperature = np.float32(self._facts.get("temperature", 1))
            condition = condition | {"logits": condition["logits"] / temperature}
        # The model's own values are in a resolved request.
        steps, guidance = int(request.steps or 1), float(request.guidance or 0.0)
        clean, length = np.zeros_like(noisy), np.float32(1 / steps)
        for number in range(steps):
            time = np.float32(1 - number / steps)
            velocity = self._velocity(condition, noisy, time, guidance)
            noisy, clean = solver_step(noisy, velocity, clean, time, length)
        compressed = noisy * np.float32(self._facts["color_scale"])
        ab = expanded(compressed, float(self._facts["chroma_compression"]))
        return np.stack([enlarged(each, self._ab_stride, *sides) for each in ab])

    def _velocity(
        self, condition: Arrays, noisy: np.ndarray, time: np.float32, guidance: float
    ) -> np.ndarray:
        given = {"noisy": noisy, "time": np.full(len(noisy), time, np.float32)}
        conditional = self._denoise(condition | given)
        if guidance == 1:
            return conditional
        nothing = {name: np.zeros_like(values) for name, values in condition.items()}
        return np.asarray(guide(conditional, self._denoise(nothing | given), np.float32(guidance)))


def load_diffusion_onnx(
    folder: Path, info: Mapping[str, Any], threads: int | None = None
) -> DiffusionRun:
    """A diffusion model in ONNX Runtime; see `load_runtime`.

    Raises:
        ColorizerError: if a file cannot be loaded.
    """
    # Here, as each runtime is loaded where it is used alone.
    from colorizer_tf.inference.runtimes.onnx import open_session

    encoder, denoiser = (
        open_session(folder / name, threads) for name in (ONNX_FILE, DENOISER_FILE)
    )
    outputs = [entry.name for entry in encoder.get_outputs()]

    def encode(inputs: Arrays) -> Arrays:
        found = encoder.run(outputs, inputs)
        return {name: np.asarray(values) for name, values in zip(outputs, found, strict=True)}

    def denoise(inputs: Arrays) -> np.ndarray:
        return np.asarray(denoiser.run(["velocity"], inputs)[0])

    return DiffusionRun(encode, denoise, info)


def load_diffusion_tensorflow(folder: Path, info: Mapping[str, Any]) -> DiffusionRun:
    """A diffusion model in TensorFlow; see `load_runtime`.

    Raises:
        ColorizerError: if it cannot be loaded.
    """
    from colorizer_tf.base.startup import load_tensorflow
    from colorizer_tf.inference.runtimes.tensorflow import load_saved_model

    tf, loaded = load_tensorflow(), load_saved_model(folder, (ENCODE, DENOISE))

    def run(name: str, inputs: Arrays) -> Arrays:
        # `loaded` owns the variables: it must live as long as its signatures.
        values = {key: tf.constant(value) for key, value in inputs.items()}
        return {key: np.asarray(value) for key, value in loaded.signatures[name](**values).items()}

    def encode(inputs: Arrays) -> Arrays:
        return run(ENCODE, inputs)

    def denoise(inputs: Arrays) -> np.ndarray:
        return run(DENOISE, inputs)["velocity"]

    return DiffusionRun(encode, denoise, info)
