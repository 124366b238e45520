"""The program: quick help, versions, quiet start-up, errors without tracebacks."""

import subprocess
import sys

import pytest

import colorizer_tf
from colorizer_tf.cli.main import main

COMMANDS = (
    [],
    ["build-records"],
    ["records"],
    ["records", "verify"],
    ["records", "show"],
    ["train"],
    ["export"],
    ["models"],
    ["colorize"],
)

HELP_WITHOUT_WEIGHT = """
import sys
from colorizer_tf.cli.main import main
try:
    main([*sys.argv[1:], "--help"])
except SystemExit as end:
    assert end.code == 0
heavy = {"tensorflow", "keras", "numpy", "cv2", "PIL", "tqdm"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_loads_nothing_heavy(command):
    done = subprocess.run(
        [sys.executable, "-c", HELP_WITHOUT_WEIGHT, *command], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "usage: colorizer-tf" in done.stdout


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == f"colorizer-tf {colorizer_tf.__version__}"


def test_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "colorizer_tf", "--version"], capture_output=True, text=True
    )
    assert done.stdout.strip() == f"colorizer-tf {colorizer_tf.__version__}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "required: COMMAND"),
        (["paint"], "no command paint, there are build-records"),
        (["colourize", "a.jpg"], "did you mean colorize?"),
        (["records", "shwo", "set"], "no action shwo, there are verify, show; did you mean show?"),
        (["train", "--epochs", "many"], "argument --epochs"),
        (["train", "--epoch", "1"], "no flag --epoch; did you mean --epochs?"),
        (["train", "--model", "gann"], "expected cnn, gan, diffusion; did you mean gan?"),
        (["colorize", "a.jpg", "--stregth=0.5"], "no flag --stregth; did you mean --strength?"),
        (["build-records", "--sise", "64"], "no flag --sise; did you mean --size?"),
        (["records", "show", "set", "--ou", "x"], "no flag --ou; did you mean --out?"),
        (["records", "show", "set", "more"], "received more"),
        (["export", "run", "--qwertz"], "no flag --qwertz\n"),
    ],
)
def test_wrong_usage_is_exit_2_and_two_lines(arguments, told, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert told in said
    command = " ".join(["colorizer-tf", *arguments[:1]]) if "no flag" in said else "colorizer-tf"
    assert said.splitlines()[1].startswith(f"run {command}")
    assert said.count("\n") == 2


def test_a_word_after_two_dashes_is_no_flag(tmp_path, capsys):
    assert main(["colorize", "--out", str(tmp_path), "--", "--photo.jpg"]) == 1
    assert "failed: --photo.jpg: no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("tensorflow", "colorizer-tf"),
        ("gradio", "colorizer-tf[web]"),
        ("matplotlib", "colorizer-tf[evaluate]"),
    ],
)
def test_a_missing_package_is_one_line(module, told, monkeypatch, capsys):
    def missing(_args):
        raise ModuleNotFoundError(f"No module named {module!r}", name=f"{module}.part")

    monkeypatch.setattr("colorizer_tf.cli.models.run", missing)
    assert main(["models"]) == 1
    said = capsys.readouterr().err
    assert f"{module} is not installed: pip install" in said
    assert told in said
    assert said.count("\n") == 1


def test_a_user_s_mistake_is_one_line(tmp_path, capsys):
    assert main(["train", "--records", str(tmp_path), "--out", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().err
    assert "build-records" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_verbose_shows_the_traceback(tmp_path):
    with pytest.raises(colorizer_tf.ColorizerError):
        main(["train", "--verbose", "--records", str(tmp_path), "--out", str(tmp_path / "run")])


def test_a_wrong_setting_is_exit_2(capsys):
    assert main(["train", "--epochs", "0"]) == 2
    assert "expected 1 or more" in capsys.readouterr().err


def test_a_mistake_makes_no_noise(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "colorizer_tf", "train", "--records", tmp_path, "--out", "x"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr


def test_public_names_load():
    for name in colorizer_tf.__all__:
        assert getattr(colorizer_tf, name) is not None
    with pytest.raises(AttributeError):
        colorizer_tf.paint  # noqa: B018
