"""What runs in the child processes that read files of several pages."""

import importlib
from collections.abc import Generator
from typing import Any

from colorizer_tf.images.limits import decoder_errors
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.photo import StoredPhoto

Steps = Generator[StoredPhoto | Facts, bytes, None]

_MODULES = {"tiff": "tiff_steps", "frames": "frames", "pdf": "pdf"}


def session_here(asked: dict[str, Any], data: bytes) -> Steps:
    """The answers of a session, in this process.

    Args:
        asked: "kind" names the module whose `steps` are taken; the rest is for it.
        data: the file.

    Raises:
        ImageError: if it is broken; the message is a short reason.
    """
    module = importlib.import_module(f"colorizer_tf.images.pages.{_MODULES[asked['kind']]}")
    with decoder_errors():
        yield from module.steps(asked, data)
