"""`model.json`: what a saved model says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError

FORMAT_VERSION = 1
FILE = "model.json"

# Of the scale: a network takes gigabytes beyond it.
MAX_SIZE = 4096

_MAX_BYTES = 2**20
# Figures measured later: they change nothing of what a model does.
EVALUATION = "evaluation"
_MEASURED = (EVALUATION, "formats", "compared_on")

_MADE_BY = "colorizer-tf export RUN makes one"


def read_info(folder: Path) -> dict[str, Any]:
    """The entries of a model's `model.json`.

    Raises:
        ColorizerError: if the folder is no model, or one that this version cannot read.
    """
    if not folder.is_dir():
        raise ColorizerError(f"no model folder at {folder}: {_MADE_BY}")
    path = folder / FILE
    if not path.is_file():
        raise ColorizerError(f"{folder} has no {FILE}, so nothing tells its scale: {_MADE_BY}")
    try:
        with path.open("rb") as file:
            info = dict(json.loads(file.read(_MAX_BYTES)))
        version, size = int(info["format_version"]), int(info["size"])
        ab_stride = int(info.get("ab_stride", 1))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ColorizerError(f"{path} cannot be read ({error!r}): export the run again") from error
    if version > FORMAT_VERSION:
        raise ColorizerError(
            f"{path} has format version {version} and this colorizer-tf reads up to "
            f"{FORMAT_VERSION}: pip install --upgrade colorizer-tf"
        )
    for name, value, most in [("size", size, MAX_SIZE), ("ab_stride", ab_stride, size)]:
        if not 1 <= value <= most:
            raise ColorizerError(f"{path} gives the {name} {value}, expected 1 to {most}")
    # Earlier models have it in British spelling.
    if "licence" in info:
        info["license"] = info.pop("licence")
    return info | {"size": size, "ab_stride": ab_stride}


def identity(info: dict[str, Any], size: int) -> str:
    """A digest of what decides a model's colors: its weights, its other facts, and the scale."""
    facts = {name: value for name, value in info.items() if name not in _MEASURED}
    told = json.dumps(facts | {"size": size}, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
