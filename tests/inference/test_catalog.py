"""Models by name: which folder is meant, and what is listed."""

import json
import shutil
from pathlib import Path

import pytest

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference import catalog
from colorizer_tf.inference.model_json import read_info

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(saved_model, tmp_path, monkeypatch):
    """An empty working directory, nothing shipped; puts named copies of a model to a place."""
    work, shipped = tmp_path / "work", tmp_path / "shipped"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(catalog, "shipped_folder", lambda name: shipped / name)

    def put(*paths):
        for path in paths:
            shutil.copytree(saved_model, tmp_path / path)
            info = json.loads((saved_model / "model.json").read_text()) | {"name": path}
            (tmp_path / path / "model.json").write_text(json.dumps(info))

    return put


def test_no_name_is_the_default_that_ships(place):
    place("shipped/gan", "shipped/cnn", f"work/savedmodels/{catalog.DEFAULT_MODEL}")
    assert Colorizer().name == f"shipped/{catalog.DEFAULT_MODEL}"


@pytest.mark.parametrize("name", catalog.SHIPPED)
def test_the_only_one_that_ships_is_the_default(place, name):
    place(f"shipped/{name}")
    assert Colorizer().name == f"shipped/{name}"
    assert [each.name for each in catalog.list_models() if each.default] == [name]


def test_a_path_stands_before_savedmodels_and_that_before_what_ships(place):
    place("shipped/cnn")
    assert Colorizer("cnn").name == "shipped/cnn"
    place("work/savedmodels/cnn")
    assert Colorizer("cnn").name == "work/savedmodels/cnn"
    place("work/cnn")
    assert Colorizer("cnn").name == "work/cnn"
    assert Colorizer(Path("savedmodels/cnn")).name == "work/savedmodels/cnn"


def test_a_folder_that_is_no_model_hides_no_name(place, tmp_path):
    place("shipped/cnn", "work/savedmodels/mine")
    (tmp_path / "work" / "cnn").mkdir()
    (tmp_path / "work" / "savedmodels" / "cnn").mkdir()
    (tmp_path / "work" / "mine").mkdir()
    assert Colorizer("cnn").name == "shipped/cnn"
    assert Colorizer("mine").name == "work/savedmodels/mine"


def test_only_what_is_said_to_ship_ships(place):
    place("shipped/other", "shipped/cnn")
    assert [each.name for each in catalog.list_models()] == ["cnn"]
    with pytest.raises(ColorizerError, match=r"no model called 'other'.*there are: cnn;.*export"):
        Colorizer("other")


def test_an_unknown_name_tells_what_there_is(place):
    place("shipped/gan", "work/savedmodels/mine")
    for wrong in ("gna", "a/gan", "..//gan", "x" * 300, "a\0b", "é\n"):
        with pytest.raises(ColorizerError, match=r"there are: gan, mine; colorizer-tf export"):
            Colorizer(wrong)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("gna", "gan"), ("GAN", "gan"), ("mien", "mine"), ("savedmodels/mne", "mine")],
)
def test_a_mistyped_name_gets_the_one_meant(place, wrong, meant):
    place("shipped/gan", "work/savedmodels/mine")
    with pytest.raises(ColorizerError, match=rf"there are: gan, mine;.*; did you mean {meant}\?$"):
        Colorizer(wrong)


@pytest.mark.usefixtures("place")
def test_where_there_is_none_training_is_named():
    for model in (None, "gan", "savedmodels/gan"):
        with pytest.raises(ColorizerError, match="colorizer-tf train, then colorizer-tf export"):
            Colorizer(model)
    assert catalog.list_models() == []


def test_lists_what_ships_first_and_names_what_is_broken(place, tmp_path):
    place("shipped/cnn", "shipped/gan", "work/savedmodels/a", "work/savedmodels/gan")
    folder = tmp_path / "work" / "savedmodels"
    (folder / "README.md").write_text("no model")
    (folder / ".a-hidden").mkdir()
    (folder / "foreign").mkdir()
    shutil.copytree(folder / "a", folder / "gone")
    (folder / "gone" / "model.onnx").unlink()
    (folder / "gone" / "saved_model.pb").unlink()
    found = catalog.list_models()
    first, second = catalog.DEFAULT_MODEL, "cnn"
    assert [(each.name, each.ships, each.default) for each in found] == [
        (first, True, True), (second, True, False),
        *((name, False, False) for name in ("a", "foreign", "gan", "gone")),
    ]  # fmt: skip
    problems = {each.name: each.problem for each in found if each.problem}
    assert problems.keys() == {"foreign", "gone"}
    assert "no model.json" in problems["foreign"]
    assert "neither model.onnx nor saved_model.pb" in problems["gone"]


def test_in_a_clone_the_same_folder_is_listed_once(place, tmp_path, monkeypatch):
    place("work/savedmodels/cnn", "work/savedmodels/mine")
    root = tmp_path / "work" / "savedmodels"
    monkeypatch.setattr(catalog, "shipped_folder", lambda name: root / name)
    assert [(each.name, each.ships) for each in catalog.list_models()] == [
        ("cnn", True), ("mine", False)
    ]  # fmt: skip
    with pytest.raises(ColorizerError, match="there are: cnn, mine;"):
        Colorizer("other")


def test_a_clone_finds_its_own_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert catalog.shipped_folder("cnn") == ROOT / "savedmodels" / "cnn"


def test_figures_told_later_change_no_identity(saved_model, tmp_path):
    model = shutil.copytree(saved_model, tmp_path / "model")
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(info | {"evaluation": {"figures": {}}}))
    assert Colorizer(model).identity == Colorizer(saved_model).identity


def test_earlier_models_have_the_british_key(saved_model, tmp_path):
    info = json.loads((saved_model / "model.json").read_text())
    earlier = {"licence" if key == "license" else key: value for key, value in info.items()}
    (tmp_path / "model.json").write_text(json.dumps(earlier))
    assert read_info(tmp_path) == read_info(saved_model)
