"""Recipes that ship, by name, and how they fit record sets other than their own."""

import dataclasses
from collections.abc import Collection
from pathlib import Path

from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.suggestions import did_you_mean
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.records.manifest import MANIFEST, load_manifest


def recipe_names() -> list[str]:
    """Names of the recipes that ship."""
    return sorted(path.stem for path in _shipped_folder().glob("*.toml"))


def find_recipe(recipe: str) -> Path:
    """The file of a recipe: a path, or the name of one that ships.

    Raises:
        UsageError: if there is none.
    """
    for path in (Path(recipe), _shipped_folder() / f"{recipe}.toml"):
        if path.is_file():
            return path
    names = recipe_names()
    advice = did_you_mean(Path(recipe).stem, names) or f"; there are: {', '.join(names)}"
    raise UsageError(f"no recipe at {recipe}, and none of that name ships{advice}")


def _shipped_folder() -> Path:
    # A wheel carries them within the package; in a clone they lie beside it.
    package = Path(__file__).parents[1]
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "training" / "recipes"


def fit_to_records(config: TrainConfig, given: Collection[str]) -> tuple[TrainConfig, list[str]]:
    """A recipe's settings for a record set that lacks the recipe's held-out set or folders.

    Args:
        config: settings of a recipe and of flags.
        given: names of the settings that flags have set, which stay.

    Returns:
        The settings, and a sentence for each change.
    """
    changes: list[str] = []
    valid = config.valid_records
    if valid and "valid_records" not in given and not Path(valid, MANIFEST).is_file():
        config = dataclasses.replace(config, valid_records=None)
        changes.append(f"no record set at {valid}: validating on the valid split of records")
    if config.left_out and "left_out" not in given and Path(config.records, MANIFEST).is_file():
        labels = load_manifest(Path(config.records))["labels"].get("train", {})
        absent = [name for name in config.left_out if name not in labels]
        if absent:
            kept = tuple(name for name in config.left_out if name in labels)
            config = dataclasses.replace(config, left_out=kept)
            changes.append(f"no folders {', '.join(absent)} in {config.records} to leave out")
    return config, changes
