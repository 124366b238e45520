"""Settings: default < recipe < flag, and errors that name what is wrong."""

import argparse
import dataclasses
from pathlib import Path

import pytest

from colorizer_tf import RecordOptions, TrainConfig
from colorizer_tf.base.errors import UsageError
from colorizer_tf.base.options import add_flags, from_dict, resolve
from colorizer_tf.base.options.fields import option

ROOT = Path(__file__).parents[2]


def settle(tmp_path, recipe, *flags):
    parser = argparse.ArgumentParser()
    add_flags(parser, TrainConfig)
    path = None
    if recipe:
        path = tmp_path / "recipe.toml"
        path.write_text(recipe)
    return resolve(TrainConfig, path, vars(parser.parse_args(flags)))


def test_flag_over_recipe_over_default(tmp_path):
    found = settle(tmp_path, 'epochs = 3\nloss = "mae"\n', "--epochs", "5", "--no-skips")
    assert (found.epochs, found.loss, found.skips) == (5, "mae", False)
    assert found.batch_size == TrainConfig().batch_size


def test_every_field_is_a_flag_and_a_recipe_key():
    for settings in (TrainConfig, RecordOptions):
        for field in dataclasses.fields(settings):
            assert field.metadata["help"]
            assert from_dict(settings, {field.name: to_toml(field.default)}, "x") == settings()


def to_toml(value):
    return list(value) if isinstance(value, tuple) else value


def test_tuples_are_lists_of_numbers(tmp_path):
    assert settle(tmp_path, "widths = [8, 16]").widths == (8, 16)
    assert settle(tmp_path, "", "--widths", "8,16,24").widths == (8, 16, 24)


def test_tuples_are_lists_of_strings(tmp_path):
    assert settle(tmp_path, 'left_out = ["a b", "c"]').left_out == ("a b", "c")
    assert settle(tmp_path, "", "--left-out", "a b, c").left_out == ("a b", "c")
    assert settle(tmp_path, 'left_out = ["a"]', "--left-out", "").left_out == ()
    with pytest.raises(UsageError, match=r"left_out: received .* expected a list of strings"):
        settle(tmp_path, 'left_out = ["a", 1]')


def test_help_shows_settings_in_their_groups(capsys):
    parser = argparse.ArgumentParser(prog="train")
    add_flags(parser, TrainConfig)
    titles = [group.title for group in parser._action_groups if group.title]
    assert [title.partition(":")[0] for title in titles[-8:]] == [
        *("Data", "Network", "Loss", "Adversary", "Diffusion", "Schedule", "Guard", "Output")
    ]
    with pytest.raises(SystemExit):
        parser.parse_args(["--widths", "8,x"])
    assert "invalid list of numbers value: '8,x'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("epoch = 3", r"unknown key epoch; did you mean epochs\?"),
        ("qwertz = 3", "unknown key qwertz; known keys: .*epochs"),
        ("epochs = " + "9" * 5000, "cannot be read"),
        ("epochs = " + "[" * 5000, "cannot be read"),
        ("learning_rate = " + "9" * 400, "expected float"),
        ('epochs = "3"', "epochs: received '3', expected int"),
        ("epochs = 0", "epochs: received 0, expected 1 or more"),
        ('loss = "l2"', "loss: received 'l2', expected mse or mae"),
        ("widths = [8.5]", "widths: .* expected a list of integers"),
        ("skips = 1", "skips: received 1, expected bool"),
        ("balance = 1" + 310 * "0", "balance: received 1000.* expected float"),
        ("= 3", "cannot be read"),
    ],
)
def test_wrong_recipes_are_named(tmp_path, recipe, message):
    with pytest.raises(UsageError, match=message):
        settle(tmp_path, recipe)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no recipe at .*none.toml: training/recipes/ holds"):
        resolve(TrainConfig, tmp_path / "none.toml", {})
    (tmp_path / "portraits.toml").touch()
    with pytest.raises(UsageError, match=r"did you mean .*/portraits.toml\?"):
        resolve(TrainConfig, tmp_path / "portrait.toml", {})


@dataclasses.dataclass(frozen=True)
class Settings:
    names: tuple[str, ...] = option((), "names")
    count: int | None = option(None, "how many [the model's]")


def test_recipes_hold_lists_of_strings_and_settings_without_a_value(tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('names = ["a", "b"]\ncount = 3\n')
    assert resolve(Settings, recipe, {}) == Settings(("a", "b"), 3)
    assert from_dict(Settings, {"names": [], "count": None}, "x") == Settings()
    for wrong, expected in (({"names": [1]}, "a list of strings"), ({"count": "3"}, "int")):
        with pytest.raises(UsageError, match=f"expected {expected}"):
            from_dict(Settings, wrong, "x")


@pytest.mark.parametrize("recipe", sorted((ROOT / "training/recipes").glob("*.toml")), ids=str)
def test_recipes_that_ship_are_sound_and_say_what_they_give(recipe):
    resolve(TrainConfig, recipe, {})
    head = recipe.read_text("utf-8").partition("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "CIEDE2000" in head
    assert "colorizer-tf train --recipe" in head


@pytest.mark.parametrize("recipe", sorted((ROOT / "training/recipes/designs").glob("*.toml")))
def test_designs_differ_from_their_base_and_have_a_line_in_the_table(recipe):
    config = resolve(TrainConfig, recipe, {})
    base = resolve(TrainConfig, recipe.with_name("base.toml"), {})
    assert (config == base) == (recipe.stem == "base")
    assert f"({recipe.relative_to(ROOT / 'training')})" in (
        (ROOT / "training/README.md").read_text("utf-8")
    )
