"""What is installed: every module, and the models that ship, from the same folder as in git."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.inference.catalog import DEFAULT_MODEL, SHIPPED

ROOT = Path(__file__).parents[1]
MODELS, RECIPES = "colorizer_tf.savedmodels", "colorizer_tf.recipes"


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", "utf-8")
    return parser


def lines(text):
    return text.split()


def test_every_package_is_installed(setup):
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "colorizer_tf").rglob("__init__.py")
    }
    assert set(lines(setup["options"]["packages"])) == packages | {MODELS, RECIPES}


def test_the_models_that_ship_are_installed_from_their_folder(setup):
    folders = setup["options"]["package_dir"].strip().splitlines()
    assert folders == [f"{RECIPES} = training/recipes", f"{MODELS} = savedmodels"]
    assert setup["options.package_data"][RECIPES] == "*.toml"
    wanted = {f"{name}/{part}" for name in SHIPPED for part in ("*", "variables/*")}
    assert set(lines(setup["options.package_data"][MODELS])) == wanted
    assert DEFAULT_MODEL in SHIPPED


def test_git_takes_the_models_that_ship_and_no_other():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    let_in = {line for line in ignored if line.startswith("!/savedmodels/")}
    assert "/savedmodels/*" in ignored
    assert let_in == {
        f"!/savedmodels/{name}" for name in ("README.md", *(f"{n}/" for n in SHIPPED))
    }


@pytest.mark.slow
def test_an_installed_wheel_finds_its_models(saved_model, tmp_path, rng):
    tree, target, work = (tmp_path / name for name in ("tree", "target", "work"))
    shutil.copytree(ROOT / "colorizer_tf", tree / "colorizer_tf")
    shutil.copytree(ROOT / "training" / "recipes", tree / "training" / "recipes")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(saved_model, tree / "savedmodels" / "cnn")
    shutil.copytree(saved_model, tree / "savedmodels" / "mine")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*pip, tree], check=True)
    shutil.rmtree(tree)
    installed = target / "colorizer_tf" / "savedmodels"
    assert [path.name for path in installed.iterdir()] == ["cnn"]
    work.mkdir()
    Image.fromarray(rng.integers(0, 256, (20, 30), np.uint8)).save(work / "a.png")
    for flags in ([], ["--model", "cnn", "--runtime", "tensorflow"]):
        command = ["colorize", "a.png", "--overwrite", *flags]
        code = f"import sys; sys.path.insert(0, {str(target)!r}); import colorizer_tf as c; " + (
            f"assert c.__file__.startswith({str(target)!r}); "
            f"from colorizer_tf.cli.main import main; sys.exit(main({command!r}))"
        )
        # -I: neither the working directory nor PYTHONPATH offers another copy.
        subprocess.run([sys.executable, "-I", "-c", code], cwd=work, check=True)
        with Image.open(work / "output" / "a_colorized.png") as colored:
            assert np.ptp(np.asarray(colored).astype(int), axis=-1).max() > 10
