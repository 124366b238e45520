"""Runtimes of a saved model's network: ONNX Runtime, TensorFlow and LiteRT."""

import ctypes
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference import model_json
from colorizer_tf.inference.request import PredictionRequest

RUNTIMES = ("auto", "onnx", "tensorflow")
ONNX_FILE = "model.onnx"
TENSORFLOW_FILE = "saved_model.pb"

# Names of what a network takes and gives.
LIGHTNESS, AB, LOGITS, HINT_FEATURES = "lightness", "ab", "logits", "hint_features"

# A network: from `(n, h, w, 1)` float32 L* in [0, 100], and a request that is resolved for the
# model, to "logits" `(n, rows, columns, classes)`, see `ColorDistribution`, or "ab" `(n, h, w, 2)`;
# and to "hint_features" `(n, rows, columns, channels)` if the network has them, see `Prediction`.
Run = Callable[[np.ndarray, PredictionRequest], dict[str, np.ndarray]]


def load_runtime(
    folder: Path,
    runtime: str = "auto",
    threads: int | None = None,
    info: Mapping[str, Any] | None = None,
) -> tuple[str, Run]:
    """The name of the runtime chosen, and the model's network in it.

    Args:
        folder: a model, as `colorizer-tf export` wrote it.
        runtime: "onnx", "tensorflow", or "auto": TensorFlow where it finds a GPU or the model has
            no ONNX file, else ONNX Runtime, which starts in a tenth of the time.
        threads: threads that a prediction of ONNX Runtime takes; all cores by default.
        info: the content of `model.json`; a diffusion model needs it.

    Returns:
        "onnx" or "tensorflow"; and the network, which threads may share.

    Raises:
        ColorizerError: if the folder has no such model, or it cannot be loaded.
    """
    if runtime not in RUNTIMES:
        raise ColorizerError(f"runtime: received {runtime!r}, expected {', '.join(RUNTIMES)}")
    has_onnx = (folder / ONNX_FILE).is_file()
    if not has_onnx and not (folder / TENSORFLOW_FILE).is_file():
        raise ColorizerError(
            f"{folder} is no model, it has neither {ONNX_FILE} nor {TENSORFLOW_FILE}: "
            "colorizer-tf export RUN makes one"
        )
    if runtime == "onnx" and not has_onnx:
        raise ColorizerError(
            f"{folder} has no {ONNX_FILE}: export the run again with colorizer-tf export, or use "
            "--runtime tensorflow"
        )
    draws = info is not None and model_json.DIFFUSION in info
    if runtime == "tensorflow" or not has_onnx or (runtime == "auto" and _tensorflow_has_gpu()):
        if info is not None and draws:
            from colorizer_tf.inference.runtimes.diffusion import load_diffusion_tensorflow

            return "tensorflow", load_diffusion_tensorflow(folder, info)
        from colorizer_tf.inference.runtimes.tensorflow import load_tensorflow_model

        return "tensorflow", load_tensorflow_model(folder)
    if info is not None and draws:
        from colorizer_tf.inference.runtimes.diffusion import load_diffusion_onnx

        return "onnx", load_diffusion_onnx(folder, info, threads)
    from colorizer_tf.inference.runtimes.onnx import load_onnx_model

    return "onnx", load_onnx_model(folder / ONNX_FILE, threads)


def choose_outputs(names: Iterable[str], place: Path) -> list[str]:
    """The outputs to read: the distribution where the network gives one, else ab; and features.

    Raises:
        ColorizerError: if it gives neither.
    """
    outputs = list(names)
    for name in (LOGITS, AB):
        if name in outputs:
            return [name, HINT_FEATURES] if HINT_FEATURES in outputs else [name]
    raise ColorizerError(
        f"{place} has the outputs {', '.join(outputs) or 'none'}, expected {LOGITS} or {AB}: "
        "export the run again with colorizer-tf export"
    )


def check_inputs(names: Iterable[str], place: Path) -> None:
    """Refuse a network with inputs that no request provides.

    Raises:
        ColorizerError: with the names.
    """
    inputs = set(names)
    known = {LIGHTNESS, *PredictionRequest.__dataclass_fields__}
    if LIGHTNESS not in inputs or not inputs <= known:
        raise ColorizerError(
            f"{place} has the inputs {', '.join(sorted(inputs)) or 'none'}, expected {LIGHTNESS} "
            f"and perhaps {', '.join(sorted(known - {LIGHTNESS}))}: export the run again"
        )


def network_inputs(
    names: Iterable[str], lightness: np.ndarray, request: PredictionRequest
) -> dict[str, np.ndarray]:
    """The values of a network's inputs."""
    values = {name: getattr(request, name) for name in names if name != LIGHTNESS}
    return {LIGHTNESS: lightness} | {
        name: np.asarray(value, np.float32 if isinstance(value, float) else np.int32)
        for name, value in values.items()
    }


def _tensorflow_has_gpu() -> bool:
    """Whether TensorFlow finds a GPU; TensorFlow is only loaded if the driver has one."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        found = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    except (OSError, AttributeError):
        return False
    if not found or count.value == 0:
        return False
    from colorizer_tf.base.startup import load_tensorflow

    return bool(load_tensorflow().config.list_physical_devices("GPU"))
