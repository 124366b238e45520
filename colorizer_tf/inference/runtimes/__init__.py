"""What runs a saved model's network: ONNX Runtime, or TensorFlow."""

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np

from colorizer_tf.base.errors import ColorizerError

RUNTIMES = ("auto", "onnx", "tensorflow")
ONNX_FILE = "model.onnx"
TENSORFLOW_FILE = "saved_model.pb"

Predict = Callable[[np.ndarray], np.ndarray]


def load_runtime(
    folder: Path, runtime: str = "auto", threads: int | None = None
) -> tuple[str, Predict]:
    """The name of the runtime chosen, and the model's `predict_ab` in it.

    Args:
        folder: a model, as `colorizer-tf export` wrote it.
        runtime: "onnx", "tensorflow", or "auto": TensorFlow where it finds a GPU or the model has
            no ONNX file, else ONNX Runtime, which starts in a tenth of the time.
        threads: threads that a prediction of ONNX Runtime takes; all cores by default.

    Returns:
        "onnx" or "tensorflow"; and a function from `(n, h, w, 1)` float32 L* in [0, 100] to
        `(n, h, w, 2)` float32 ab, which threads may share.

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
    if runtime == "tensorflow" or not has_onnx or (runtime == "auto" and _tensorflow_has_gpu()):
        from colorizer_tf.inference.runtimes.tensorflow import load_tensorflow_model

        return "tensorflow", load_tensorflow_model(folder)
    from colorizer_tf.inference.runtimes.onnx import load_onnx_model

    return "onnx", load_onnx_model(folder / ONNX_FILE, threads)


def _tensorflow_has_gpu() -> bool:
    """Whether TensorFlow finds a GPU; it is asked, seconds long, only if the driver has one."""
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
