"""The block `evaluation` of a model.json: figures from a report."""

import json
from pathlib import Path
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation.document import SCHEMA, SCHEMA_VERSION
from colorizer_tf.evaluation.entries import GRAY, TRUTH

STATED = (
    "delta_e", "psnr", "ssim", "better_than_gray", "colorfulness", "colorfulness_ratio",
    "hue_diversity", "hue_diversity_ratio", "frechet_ab",
)  # fmt: skip
_HELP = "run colorizer-tf evaluate"


def read_report(path: Path) -> dict[str, Any]:
    """The content of a `report.json`.

    Raises:
        ColorizerError: if it cannot be read or has another schema version.
    """
    try:
        report = json.loads(path.read_bytes())
        known = (report["schema"], report["schema_version"]) == (SCHEMA, SCHEMA_VERSION)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ColorizerError(f"{path} is not a report.json ({error!r}): {_HELP}") from error
    if not known:
        raise ColorizerError(f"{path} is not a report.json of schema {SCHEMA_VERSION}: {_HELP}")
    return dict(report)


def entry_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    """The entry with a name.

    Raises:
        ColorizerError: if the report has no figures of it.
    """
    entries = {entry["name"]: entry for entry in report["entries"]}
    if name not in entries or not entries[name]["figures"]:
        raise ColorizerError(
            f"the report has no figures of {name!r}, only of {', '.join(entries)}: {_HELP}"
        )
    return dict(entries[name])


def statement(report: dict[str, Any], name: str, weights_sha256: str) -> dict[str, Any]:
    """The block `evaluation` of a model, from the entry `name` of a report.

    Args:
        report: content of `report.json`.
        name: of the entry.
        weights_sha256: of the model, from its `model.json`.

    Raises:
        ColorizerError: if the report has no figures of these weights.
    """
    entry = entry_of(report, name)
    if entry.get("weights_sha256") != weights_sha256:
        raise ColorizerError(
            f"the report's {name!r} has the weights {entry.get('weights_sha256')}, this model has "
            f"{weights_sha256}: run colorizer-tf evaluate with this model"
        )
    return {
        "protocol_version": report["protocol_version"],
        "photos": {key: report["photos"][key] for key in ("source", "given", "compared")},
        "settings": {key: report["settings"][key] for key in ("resize", "crop", "resamples")},
        "figures": _stated(entry),
        "gray": _stated(entry_of(report, GRAY)),
        "truth": _stated(entry_of(report, TRUTH)),
    }


def _stated(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry["figures"][name] for name in STATED if name in entry["figures"]}
