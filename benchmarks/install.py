"""What an installation takes: seconds of `make demo` in a fresh clone, megabytes of each extra.

The clone has its own environment; packages come out of pip's cache if they were installed before,
as the first of two runs does. An extra's megabytes are of the packages that it adds to the plain
installation, unpacked, without bytecode.
"""

import configparser
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from frame import benchmark

ROOT = Path(__file__).parents[1]


def measure(folder: Path, python: str = sys.executable) -> dict[str, Any]:
    """Seconds of `make demo` and of its `pip install`; megabytes of the package and each extra."""
    clone = folder / "clone"
    run("git", "clone", "--quiet", ROOT, clone)
    start = time.perf_counter()
    run("make", "-C", clone, "demo", f"PYTHON={python}")
    demo_seconds = time.perf_counter() - start
    pip = [clone / ".venv/bin/python", "-m", "pip", "--disable-pip-version-check", "install"]
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    extras = [name for name in setup["options.extras_require"] if name != "io"]
    return {
        "make_demo_seconds": demo_seconds,
        "plain_install_seconds": plain_install_seconds(folder / "plain", clone, python),
        "megabytes": megabytes(clone / ".venv"),
        "extras": {name: extra_megabytes(pip, clone, name) for name in extras},
    }


def plain_install_seconds(environment: Path, clone: Path, python: str) -> float:
    """Of `pip install .` in a new environment."""
    run(python, "-m", "venv", environment)
    start = time.perf_counter()
    run(environment / "bin/python", "-m", "pip", "install", "--quiet", clone)
    return time.perf_counter() - start


def extra_megabytes(pip: list[Any], clone: Path, extra: str) -> int:
    """Of the packages that an extra adds."""
    wanted = [*pip, "--dry-run", "--quiet", "--report", "-", f"{clone}[{extra}]"]
    report = json.loads(run(*wanted))
    found = [package["metadata"] for package in report["install"]]
    names = [f"{each['name']}=={each['version']}" for each in found]
    names = [name for name in names if not name.startswith("colorizer-tf")]
    if not names:
        return 0
    with tempfile.TemporaryDirectory() as target:
        run(*pip, "--quiet", "--no-deps", "--no-compile", "--target", target, *names)
        return megabytes(Path(target))


def megabytes(folder: Path) -> int:
    """Of all files within, in units of 10**6 bytes, without links."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return round(sum(path.stat().st_size for path in files) / 1e6)


def run(*command: Any) -> str:
    """Run a command and give what it prints."""
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    benchmark(measure, asked={"make_demo_seconds": "<= 120"})
