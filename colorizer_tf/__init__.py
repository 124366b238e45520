"""Colour for black-and-white photos with TensorFlow and Keras.

Names below load on first use, so that `import colorizer_tf` costs nothing.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# ONNX Runtime's wheels report how they are used to its makers, unless this is set as they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "ColorizerError": "errors",
    "Colorizer": "colorizer",
    "RecordOptions": "config",
    "TrainConfig": "config",
    "build_records": "records.build",
    "export_run": "export",
    "lab_to_rgb": "color",
    "load_records": "pipeline",
    "merge_lab": "color",
    "rgb_to_lab": "color",
    "train_model": "train",
    "verify_records": "records.verify",
}

__all__ = [
    "Colorizer",
    "ColorizerError",
    "RecordOptions",
    "TrainConfig",
    "__version__",
    "build_records",
    "export_run",
    "lab_to_rgb",
    "load_records",
    "merge_lab",
    "rgb_to_lab",
    "train_model",
    "verify_records",
]

if TYPE_CHECKING:
    from colorizer_tf.color import lab_to_rgb, merge_lab, rgb_to_lab
    from colorizer_tf.colorizer import Colorizer
    from colorizer_tf.config import RecordOptions, TrainConfig
    from colorizer_tf.errors import ColorizerError
    from colorizer_tf.export import export_run
    from colorizer_tf.pipeline import load_records
    from colorizer_tf.records.build import build_records
    from colorizer_tf.records.verify import verify_records
    from colorizer_tf.train import train_model


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
