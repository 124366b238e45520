"""Runs benchmarks and writes what they found into the table of `benchmarks/README.md`.

    make bench                               all of them: hours
    make bench BENCH="cold_start pipeline"   some

Figures are kept in `benchmarks/results.json`, so that the table also has those not run this time.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
README = FOLDER / "README.md"
START, END = "<!-- results: made by make bench -->", "<!-- end of results -->"
NOT_BENCHMARKS = {"damage", "drawn", "frame", "models", "run"}
HEAD = ("script", "measures", "asked", "found", "beside it", "when")


def main() -> None:
    """Run the benchmarks named, or all, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *names()], metavar="NAME", help="[all]")
    parser.add_argument("--table", action="store_true", help="only write the table again")
    args = parser.parse_args()
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    failed = []
    for name in [] if args.table else args.names or names():
        print(f"{name} ...", file=sys.stderr)
        found = measure(name)
        if found is None:
            failed.append(name)
            continue
        results[name] = found
        RESULTS.write_text(json.dumps(dict(sorted(results.items())), indent=1) + "\n", "utf-8")
        write_table(results)
    write_table(results)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def names() -> list[str]:
    """All benchmarks."""
    return sorted({path.stem for path in FOLDER.glob("*.py")} - NOT_BENCHMARKS)


def measure(name: str) -> dict[str, Any] | None:
    """What a benchmark found, where and when; None if it ended without a line."""
    command = [sys.executable, str(FOLDER / f"{name}.py")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    try:
        found = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return None
    machine = f"{os.cpu_count()} cores, {processor()}"
    return dict(found) | {"date": time.strftime("%Y-%m-%d"), "machine": machine}


def processor() -> str:
    """Its name."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def write_table(results: dict[str, Any]) -> None:
    """Replace the table in README.md."""
    before, _, rest = README.read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    rows = [HEAD, ["---"] * len(HEAD), *(row(name, results.get(name, {})) for name in names())]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in rows)
    README.write_text(f"{before}{START}\n{table}\n{END}{after}", "utf-8")


def row(name: str, found: dict[str, Any]) -> list[str]:
    """The cells of one benchmark."""
    asked = found.get("asked", {})
    others = {key: value for key, value in numbers(found).items() if key not in asked}
    return [
        f"`{name}.py`",
        first_sentence(FOLDER / f"{name}.py"),
        "<br>".join(f"{key} {target}" for key, target in asked.items()),
        "<br>".join(f"{found[key]}" for key in asked if key in found),
        ", ".join(f"{key} {value}" for key, value in others.items()),
        found.get("date", "not run"),
    ]


def numbers(found: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """All numbers, those of inner tables under both names; what is asked is not one of them."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if isinstance(value, dict) and key != "asked":
            flat |= numbers(value, f"{prefix}{key}: ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            flat[prefix + key] = value
    return flat


def first_sentence(path: Path) -> str:
    """Of a script's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
