"""A model with a browser page."""

import os
from pathlib import Path

import pytest

from colorizer_tf.export.formats.web import RUNTIME, VERSION
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from tests.export.formats.networks import calm_network

PACKED = Path(__file__).parents[3] / ".venv" / f"{RUNTIME}-{VERSION}.tgz"
PACKED = Path(os.environ.get("ONNXRUNTIME_WEB", PACKED))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of calm colors, for tests that need the runtime of the page."""
    out = tmp_path_factory.mktemp("models") / "shown"
    options = ExportOptions(formats=("savedmodel", "onnx", "web"), web_runtime=str(PACKED))
    return export_network(calm_network(), 2, out, size=64, ab_stride=2, options=options)
