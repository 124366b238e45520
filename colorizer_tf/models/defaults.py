"""Defaults of settings that depend on other settings."""

import importlib.util
from typing import Any

from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks.pretrained import PACKAGES

WIDTHS, AB_STRIDE = (24, 48, 96, 192, 256), 4
DEFAULT_ENCODER = "efficientnet-lite0"


def network_defaults(config: TrainConfig) -> dict[str, Any]:
    """The network's settings where a config has None."""
    widths = config.widths or WIDTHS
    return {
        "encoder": _default_encoder() if config.widths is None else "plain",
        "widths": widths,
        "ab_stride": min(AB_STRIDE, 2 ** len(widths)),
        "blocks": 1,
        "skips": True,
        "norm": "batch",
    }


def _default_encoder() -> str:
    """A pretrained encoder, if its weights are installed."""
    module = PACKAGES[DEFAULT_ENCODER].replace("-", "_")
    return DEFAULT_ENCODER if importlib.util.find_spec(module) else "plain"
