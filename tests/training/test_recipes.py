"""Recipes by name, and on record sets that lack what the recipe's own had."""

import pytest

from colorizer_tf import TrainConfig
from colorizer_tf.base.errors import UsageError
from colorizer_tf.training.recipes import find_recipe, fit_to_records, recipe_names


def test_a_recipe_is_found_by_name_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert {"cnn", "gan"} <= set(recipe_names())
    assert find_recipe("cnn").is_file()
    (tmp_path / "own.toml").write_text("epochs = 1")
    assert find_recipe("own.toml").name == "own.toml"


def test_a_mistyped_name_gets_a_suggestion():
    with pytest.raises(UsageError, match=r"no recipe at cn,.*; did you mean cnn\?"):
        find_recipe("cn")
    with pytest.raises(UsageError, match=r"there are: cnn, .*gan"):
        find_recipe("xyz")


def test_a_recipe_fits_records_without_its_held_out_set_and_folders(record_set, tmp_path):
    config = TrainConfig(
        records=str(record_set), valid_records=str(tmp_path / "none"), left_out=("elsewhere",)
    )
    fitted, changes = fit_to_records(config, ())
    assert (fitted.valid_records, fitted.left_out) == (None, ())
    assert len(changes) == 2
    assert "elsewhere" in changes[1]
    assert fit_to_records(config, ("valid_records", "left_out")) == (config, [])
