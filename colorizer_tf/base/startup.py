"""Loading TensorFlow without its start-up messages."""

import contextlib
import importlib
import os
from collections.abc import Iterator
from typing import Any


def load_tensorflow(*, verbose: bool = False) -> Any:
    """TensorFlow, imported; unless verbose, what its C++ side says while it loads is dropped.

    An import that fails raises as always: Python's own messages come after.
    """
    if verbose:
        return importlib.import_module("tensorflow")
    # Read by the C++ side when it is loaded: 3 leaves only what is fatal. What it says before it
    # has read this goes straight to the file descriptor.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silenced_stderr():
        return importlib.import_module("tensorflow")


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Without what C++ libraries write to the file descriptor of stderr."""
    saved, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nothing)
