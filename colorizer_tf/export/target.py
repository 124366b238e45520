"""The folder that an export writes: it appears whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from colorizer_tf.base.errors import ColorizerError


def check_target(out: Path, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is a SavedModel or empty, and may be replaced.

    Raises:
        ColorizerError: with what to do instead.
    """
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "saved_model.pb").is_file():
        raise ColorizerError(f"{out} exists and is not a SavedModel: choose another --out")
    if not overwrite:
        raise ColorizerError(f"{out} holds a model already: --overwrite replaces it")


def write_folder(out: Path, fill: Callable[[Path], None]) -> None:
    """Fill a new folder that then takes its place, whole or not at all.

    Raises:
        OSError: if it cannot; what was there is there still.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        fresh = Path(folder, "new")
        fill(fresh)
        _replace(fresh, out, Path(folder, "old"))


def _replace(fresh: Path, out: Path, old: Path) -> None:
    """Move a folder to `out`; what was there goes to `old`, and back if the move fails."""
    replaced = out.exists()
    if replaced:
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if replaced:
            old.rename(out)
        raise
