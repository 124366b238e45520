"""`model.json`: the metadata of a saved model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer_tf.base.errors import ColorizerError

if TYPE_CHECKING:
    from colorizer_tf.inference.distribution import ColorClasses
    from colorizer_tf.inference.hints.kernel import KernelSettings

# 2: the network predicts a distribution over color classes; 3: it is a diffusion model of two ONNX
# files. Versions that know only 1, or 2, cannot read it.
FORMAT_VERSION, CLASSES_VERSION = 3, 2
FILE = "model.json"

# How a diffusion model draws: steps; weight of guidance; temperature of the U-Net's distribution;
# and the share of the noise, beside its mean over the photo, that a draw starts from. The last two
# are below 1 for fewer patches, and guidance gives back the color that they take.
STEPS, GUIDANCE, TEMPERATURE, NOISE = 5, 1.25, 0.8, 0.85
MAX_STEPS, MAX_GUIDANCE = 1000, 20.0

# Beyond this scale a network takes gigabytes.
MAX_SIZE = 4096

CLASSES, NETWORK, HINTS, DIFFUSION = "classes", "network", "hints", "diffusion"
EVALUATION = "evaluation"
# Measurements: they change nothing of what a model does.
MEASURED = (EVALUATION, "formats", "compared_on")

_MAX_BYTES = 2**20
_MAX_DEPTH = 32
_MADE_BY = "colorizer-tf export RUN makes one"


def _check_kind(folder: Path) -> None:
    """Refuse what is known to be something else, with what to do about it."""
    # Here, since it loads the readers of images.
    from colorizer_tf.records.sources.kinds import kind_of

    kind = kind_of(folder)
    if kind == "a run":
        raise ColorizerError(f"{folder} is a run: colorizer-tf export {folder} makes a model of it")
    if kind in ("a record set", "photos"):
        raise ColorizerError(f"{folder} is no model, but {kind}: {_MADE_BY}")


def read_info(folder: Path) -> dict[str, Any]:
    """The entries of a model's `model.json`.

    Raises:
        ColorizerError: if the folder is no model, or one that this version cannot read.
    """
    if not folder.is_dir():
        raise ColorizerError(f"no model folder at {folder}: {_MADE_BY}")
    path = folder / FILE
    if not path.is_file():
        _check_kind(folder)
        raise ColorizerError(f"{folder} has no {FILE}, so it is no model: {_MADE_BY}")
    try:
        info = _read_object(path)
        _check_version(path, int(info["format_version"]))
        size = int(info["size"])
        stride, ab_stride = (int(info.get(name, 1)) for name in ("stride", "ab_stride"))
        color_classes(info)
        _check_diffusion(info)
        hint_kernel(info)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = f"{error!r:.200}"
        raise ColorizerError(f"{path} cannot be read ({reason}): export the run again") from error
    for name, value, most in [
        ("size", size, MAX_SIZE),
        ("stride", stride, MAX_SIZE),
        ("ab_stride", ab_stride, size),
    ]:
        if not 1 <= value <= most:
            raise ColorizerError(f"{path} gives the {name} {value}, expected 1 to {most}")
    # Earlier models have it in British spelling.
    if "licence" in info:
        info["license"] = info.pop("licence")
    return info | {"size": size, "stride": stride, "ab_stride": ab_stride}


def _check_version(path: Path, version: int) -> None:
    if version > FORMAT_VERSION:
        raise ColorizerError(
            f"{path} has format version {version} and this colorizer-tf reads up to "
            f"{FORMAT_VERSION}: pip install --upgrade colorizer-tf"
        )


def color_classes(info: Mapping[str, Any]) -> "ColorClasses | None":
    """The classes that the network's distribution is over; None if it gives none.

    Raises:
        KeyError, TypeError, ValueError: if the entries are wrong; `read_info` has found out.
    """
    if CLASSES not in info:
        return None
    if not 0 < float(info["temperature"]) <= 1:
        raise ValueError(f"temperature: {info['temperature']!r}")
    # The command line reads this module for `--help`, which loads no NumPy.
    from colorizer_tf.inference.distribution import ColorClasses

    return ColorClasses.from_json(info[CLASSES])


def hint_kernel(info: Mapping[str, Any]) -> "KernelSettings | None":
    """What hints spread by, over features of the network; None if it gives none.

    Raises:
        KeyError, TypeError, ValueError: if the entries are wrong; `read_info` has found out.
    """
    if HINTS not in info:
        return None
    from colorizer_tf.inference.hints.kernel import KernelSettings

    return KernelSettings.from_json(info[HINTS])


def likely_classes(info: Mapping[str, Any]) -> "ColorClasses | None":
    """The classes by which a diffusion model tells how sure it is; None of any other."""
    entry = info.get(DIFFUSION, {}).get(CLASSES)
    if entry is None:
        return None
    from colorizer_tf.inference.distribution import ColorClasses

    return ColorClasses.from_json(entry)


def _check_diffusion(info: Mapping[str, Any]) -> None:
    if DIFFUSION not in info:
        return
    facts = info[DIFFUSION]
    fits = 1 <= int(facts["steps"]) <= MAX_STEPS and 0 <= float(facts["guidance"]) <= MAX_GUIDANCE
    likely_classes(info)
    fits = fits and 0 < float(facts["color_scale"]) <= 128
    # Earlier models have neither.
    fits = fits and all(0 < float(facts.get(name, 1)) <= 1 for name in ("temperature", "noise"))
    if not (fits and 0 < float(facts["chroma_compression"]) < 1):
        raise ValueError(f"{facts!r}")
    if not all(isinstance(label, str) for label in facts["labels"]):
        raise TypeError(f"{facts['labels']!r}")


def _read_object(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        info = json.loads(file.read(_MAX_BYTES))
    if not isinstance(info, dict):
        raise TypeError("expected an object")
    if _is_deeper(info, _MAX_DEPTH):
        raise ValueError(f"nested deeper than {_MAX_DEPTH}")
    return info


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(child, levels - 1) for child in children)
