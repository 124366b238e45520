"""Benchmarks are run by hand: here, that they can be, and that the table has them all."""

import ast
import importlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
RUN = runpy.run_path(str(FOLDER / "run.py"))
NAMES = RUN["names"]()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_script_imports_of_the_package_is_there(path):
    if path.stem.startswith("spark"):
        pytest.importorskip("pyspark")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("colorizer_tf"):
            module = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")


def test_the_table_has_every_script():
    rows = (FOLDER / "README.md").read_text("utf-8").split(RUN["START"])[1].split(RUN["END"])[0]
    told = [line.split("`")[1] for line in rows.splitlines() if line.startswith("| `")]
    assert told == [f"{name}.py" for name in NAMES], "run: python benchmarks/run.py --table"
    assert all(RUN["first_sentence"](FOLDER / f"{name}.py") in rows for name in NAMES)


def test_a_script_prints_one_line_and_misses_its_target(tmp_path):
    script = tmp_path / "sleepy.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n"
        "from frame import benchmark, medians, ratio, turns\n"
        "def measure(folder, rounds: int = 2, factor: float = 3.0) -> dict:\n"
        "    assert folder.is_dir()\n"
        "    now = [0.0]\n"
        "    def wait(seconds):\n"
        "        now[0] += seconds\n"
        "    sides = {'one': lambda: wait(1), 'two': lambda: wait(factor)}\n"
        "    times = turns(sides, rounds, clock=lambda: now[0])\n"
        "    assert len(times['one']) == rounds\n"
        "    return {'ratio': ratio(times, 'two', 'one'), 'median': medians(times)['one']}\n"
        "benchmark(measure, asked={'ratio': '>= 2.5', 'median': '== 1'})\n"
    )
    for arguments, code, missed in (([], 0, []), (["--factor", "2"], 1, ["ratio"])):
        done = subprocess.run(
            [sys.executable, script, *arguments], capture_output=True, text=True, check=False
        )
        (line,) = done.stdout.splitlines()
        found = json.loads(line)
        assert (found["benchmark"], found["missed"], done.returncode) == ("sleepy", missed, code)
        assert found["ratio"] == (2 if missed else 3)
