"""Clearing up after killed runs."""

import contextlib
import os
from pathlib import Path

from colorizer_tf.images.files import is_part


def sweep(folder: Path) -> None:
    """Remove the half-written files that a killed run left in a folder, and nothing else."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_part(entry.name) and entry.is_file(follow_symlinks=False):
                os.unlink(entry.path)
