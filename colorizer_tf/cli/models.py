"""`colorizer-tf models`: the models that ship and those in savedmodels/."""

import argparse
import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colorizer_tf.inference.catalog import CatalogEntry

_DASH = "–"
_HEAD = (
    "name", "where", "MB", "parameters", "kind", "trained at", "CIEDE2000", "gray's", "PSNR, dB",
    "gray's", "color", "hues", "photos", "license",
)  # fmt: skip


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "models",
        parents=[shared],
        help="list the models that ship and those in savedmodels/",
        description="List the models that ship and those in savedmodels/ of the working directory, "
        "with size, figures and license. The default one, taken where no model is named, has a *. "
        "A folder that is no model is named with the reason.",
        epilog="Exit codes: 0 all done, 1 there is no model that can be read, 2 wrong usage.",
    )
    parser.add_argument("--json", action="store_true", help="all that is known of them, as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table or JSON, and name what is no model."""
    from colorizer_tf.base.printing import printable
    from colorizer_tf.inference.catalog import list_models

    found = list_models()
    models = [entry for entry in found if not entry.problem]
    broken = [entry for entry in found if entry.problem]
    if args.json:
        print(json.dumps(_document(models, broken), indent=2))
    else:
        for line in _table(models) if models else []:
            print(printable(line))
    for entry in broken:
        print(printable(f"{entry.name}: {entry.problem}"), file=sys.stderr)
    if not models:
        print(
            "colorizer-tf: no models: none came with this copy, and there is none in savedmodels/; "
            "colorizer-tf train, then colorizer-tf export RUN, makes one",
            file=sys.stderr,
        )
    return 0 if models else 1


def _document(models: "list[CatalogEntry]", broken: "list[CatalogEntry]") -> dict[str, Any]:
    return {
        "models": [
            {
                "name": entry.name,
                "default": entry.default,
                "ships": entry.ships,
                "folder": str(entry.folder),
                "size_mb": round(entry.size_mb, 2),
                "model_json": entry.info,
            }
            for entry in models
        ],
        "problems": [
            {"name": entry.name, "folder": str(entry.folder), "reason": entry.problem}
            for entry in broken
        ],
    }


def _table(models: "list[CatalogEntry]") -> list[str]:
    from colorizer_tf.evaluation.tables import aligned

    rows = [_row(entry) for entry in models]
    lines = [*aligned([_HEAD, *rows]).splitlines(), ""]
    if any(entry.default for entry in models):
        lines.append("*: the default, taken where no model is named.")
    lines.append(
        "Figures: means over held-out photos with 95 % intervals, from colorizer-tf evaluate; "
        "color, hues: colorfulness and hue diversity over the true photos'."
    )
    if any(row[_HEAD.index("photos")] == "valid" for row in rows):
        lines.append("valid: measured by the training, on its valid split at the size trained at.")
    return lines


def _row(model: "CatalogEntry") -> list[str]:
    info = model.info
    parameters = _number(info, "parameters")
    figures = _evaluated(info) if _number(info, *_FIGURE, "value") is not None else _trained(info)
    return [
        model.name + (" *" if model.default else ""),
        "ships" if model.ships else str(model.folder),
        f"{model.size_mb:.1f}",
        _DASH if parameters is None else f"{parameters:,.0f}",
        str(info.get("kind", _DASH)),
        _DASH if "trained_at" not in info else f"{info['trained_at']} px",
        *figures,
        str(info.get("license", _DASH)),
    ]


_FIGURE = ("evaluation", "figures", "delta_e")


def _evaluated(info: dict[str, Any]) -> list[str]:
    """The columns from CIEDE2000 to photos, of the block `evaluation`."""
    figures, gray = ("evaluation", "figures"), ("evaluation", "gray")
    low, high = (_shown(_number(info, *_FIGURE, end)) for end in ("low", "high"))
    return [
        f"{_shown(_number(info, *_FIGURE, 'value'))} [{low}, {high}]",
        _shown(_number(info, *gray, "delta_e", "value")),
        _shown(_number(info, *figures, "psnr", "value")),
        _shown(_number(info, *gray, "psnr", "value")),
        _shown(_number(info, *figures, "colorfulness_ratio", "value")),
        _shown(_number(info, *figures, "hue_diversity_ratio", "value")),
        _shown(_number(info, "evaluation", "photos", "compared"), 0),
    ]


def _trained(info: dict[str, Any]) -> list[str]:
    """The same columns, of the training's own figures."""

    def metric(name: str) -> float | None:
        return _number(info, "metrics", name)

    def share(name: str) -> str:
        found, true = metric(f"val_{name}"), metric(f"true_{name}")
        return _shown(found / true if found is not None and true else None)

    return [
        _shown(metric("val_delta_e")),
        _shown(metric("gray_delta_e")),
        _shown(metric("val_psnr")),
        _shown(metric("gray_psnr")),
        share("colorfulness"),
        share("hue_diversity"),
        _DASH if metric("val_delta_e") is None else "valid",
    ]


def _number(info: Any, *keys: str) -> float | None:
    """A finite number within nested objects, if there is one: a file may hold anything."""
    for key in keys:
        if not isinstance(info, dict):
            return None
        info = info.get(key)
    if isinstance(info, bool) or not isinstance(info, (int, float)) or not math.isfinite(info):
        return None
    return float(info)


def _shown(value: float | None, decimals: int = 2) -> str:
    return _DASH if value is None else f"{value:.{decimals}f}"
