"""Notebooks run top to bottom, at a size for tests; they import, and hold no output."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# What each leaves behind when it has come to its end.
LEFT = {
    "colorization_using_cnn": ["cnn/runs/first/best.keras", "cnn/savedmodels/mine/model.onnx"],
    "colorization_using_gans": ["gan/runs/gan/best.keras", "gan/savedmodels/gan/saved_model.pb"],
    "several_answers": [],
    "using_a_savedmodel": [],
}


def cells(path, kind):
    document = json.loads(path.read_text("utf-8"))
    return [cell for cell in document["cells"] if cell["cell_type"] == kind]


def source(cell):
    """The cell as plain Python: magics are taken out."""
    return re.sub(r"(?m)^(\s*)%.*$", r"\1pass", "".join(cell["source"]))


def test_the_four_are_there():
    assert {path.stem for path in NOTEBOOKS} == LEFT.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_stripped(path):
    for cell in cells(path, "code"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert cell["metadata"].keys() <= {"tags"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_they_import_and_never_define(path):
    defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    for cell in cells(path, "code"):
        for node in ast.walk(ast.parse(source(cell))):
            assert not isinstance(node, defining), source(cell)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_their_links_lead_somewhere(path):
    for cell in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", "".join(cell["source"])):
            assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_they_run_top_to_bottom(path, tmp_path):
    for module in ("nbmake", "ipykernel", "matplotlib"):
        pytest.importorskip(module, reason=f"no {module} here: pip install '.[notebooks]'")
    done = run(shutil.copy(path, notebooks_folder(tmp_path)), tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    for left in LEFT[path.stem]:
        assert (tmp_path / "notebooks" / "output" / left).is_file()


def test_one_that_fails_is_told(tmp_path):
    pytest.importorskip("nbmake", reason="no nbmake here: pip install '.[notebooks]'")
    broken = notebooks_folder(tmp_path) / "broken.ipynb"
    document = json.loads(NOTEBOOKS[-1].read_text("utf-8"))
    code = next(cell for cell in document["cells"] if cell["cell_type"] == "code")
    document["cells"] = [code | {"source": ["from colorizer_tf import no_such_name"]}]
    broken.write_text(json.dumps(document), "utf-8")
    done = run(broken, tmp_path)
    assert done.returncode == 1
    assert "no_such_name" in done.stdout


def notebooks_folder(tmp_path):
    """A folder whose surroundings are the repository's: what they write stays out of that."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    return folder


def run(notebook, tmp_path):
    own = {
        "COLORIZER_TF_NOTEBOOK_TINY": "1",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "jupyter"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=300", "-q", notebook]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--rootdir={tmp_path}"],
        env=os.environ | own,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
