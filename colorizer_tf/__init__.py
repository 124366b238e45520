"""Color for black-and-white photos with TensorFlow and Keras.

Names below load on first use, so that `import colorizer_tf` costs nothing.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.version import __version__

# ONNX Runtime's wheels report how they are used to its makers, unless this is set as they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "ColorizerError": "base.errors",
    "BatchRequest": "data.request",
    "Colorizer": "inference.colorizer",
    "Hint": "inference.hints.hint",
    "RecordOptions": "records.options",
    "TrainConfig": "models.options",
    "build_records": "records.build",
    "export_run": "export.saved_model",
    "lab_to_rgb": "color",
    "load_records": "data.pipeline",
    "merge_lab": "color",
    "rgb_to_lab": "color",
    "train_model": "training.train",
    "verify_records": "records.verify",
}

__all__ = [
    "BatchRequest",
    "Colorizer",
    "ColorizerError",
    "Hint",
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
    from colorizer_tf.base.errors import ColorizerError
    from colorizer_tf.color import lab_to_rgb, merge_lab, rgb_to_lab
    from colorizer_tf.data.pipeline import load_records
    from colorizer_tf.data.request import BatchRequest
    from colorizer_tf.export.saved_model import export_run
    from colorizer_tf.inference.colorizer import Colorizer
    from colorizer_tf.inference.hints.hint import Hint
    from colorizer_tf.models.options import TrainConfig
    from colorizer_tf.records.build import build_records
    from colorizer_tf.records.options import RecordOptions
    from colorizer_tf.records.verify import verify_records
    from colorizer_tf.training.train import train_model


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
