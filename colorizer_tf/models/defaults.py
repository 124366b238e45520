"""Defaults of settings that depend on other settings."""

import importlib.util
from typing import Any

from colorizer_tf.models.options import TrainConfig
from colorizer_tf.networks.pretrained import PACKAGES

# Of the models that ship.
ENCODER, DECODER_WIDTHS, AB_STRIDE = "efficientnet-lite2", (16, 128, 160, 192, 256), 4
# Of a plain U-Net.
WIDTHS = (24, 48, 96, 192, 256)


def network_defaults(config: TrainConfig) -> dict[str, Any]:
    """The network's settings where a config has None."""
    encoder = config.encoder or (_default_encoder() if config.widths is None else "plain")
    widths = config.widths or (WIDTHS if encoder == "plain" else DECODER_WIDTHS)
    # A batch of photos has other statistics than the many that the encoder was trained on.
    trained = encoder != "plain" and (config.pretrained or config.init_from)
    return {
        "encoder": encoder,
        "freeze_encoder": "norm" if trained else "none",
        "widths": widths,
        "ab_stride": min(AB_STRIDE, 2 ** len(widths)),
        "blocks": 1,
        "skips": True,
        "norm": "batch",
    }


def _default_encoder() -> str:
    """A pretrained encoder, if its weights are installed."""
    module = PACKAGES[ENCODER].replace("-", "_")
    return ENCODER if importlib.util.find_spec(module) else "plain"
