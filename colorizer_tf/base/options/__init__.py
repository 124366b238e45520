"""Dataclasses in, flags and recipe keys out: one field is one recipe key and one flag.

What counts in the end: default < recipe file < flag.
"""

from colorizer_tf.base.options.flags import add_flags
from colorizer_tf.base.options.reading import from_dict, read_recipe, resolve

__all__ = ["add_flags", "from_dict", "read_recipe", "resolve"]
