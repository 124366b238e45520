"""Settings as frozen flat dataclasses: one field is one recipe key and one command-line flag.

What counts in the end: default < recipe file < flag.
"""

from colorizer_tf.config.colorize import ColorizeOptions
from colorizer_tf.config.export import ExportOptions
from colorizer_tf.config.flags import add_flags
from colorizer_tf.config.reading import from_dict, read_recipe, resolve
from colorizer_tf.config.records import RecordOptions
from colorizer_tf.config.serve import ServeOptions
from colorizer_tf.config.train import TrainConfig

__all__ = [
    "ColorizeOptions",
    "ExportOptions",
    "RecordOptions",
    "ServeOptions",
    "TrainConfig",
    "add_flags",
    "from_dict",
    "read_recipe",
    "resolve",
]
