"""Documentation is tested: the CLI reference is --help's, every link and file it names exists."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "*/README.md", "savedmodels/*/README.md")
    for path in ROOT.glob(pattern)
    if not path.relative_to(ROOT).parts[0].startswith((".", "output"))
)


def test_cli_reference_is_what_help_says(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    expected = runpy.run_path(str(ROOT / "docs" / "make_cli.py"))["reference"]()
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == expected, "run: make docs"


def test_every_command_is_in_the_readme(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in (
        "build-records",
        "records verify",
        "records show",
        "train",
        "export",
        "models",
        "colorize",
        "serve",
        "evaluate",
        "compare",
    ):
        assert f"colorizer-tf {command}" in readme, command


def test_readme_s_demos_are_make_s():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target, script in (("demo", "demo.py"), ("demo-train", "demo_train.py")):
        assert f"make {target} " in (ROOT / "README.md").read_text("utf-8")
        assert f"\n{target}: $(READY)\n\t$(BIN)/python samples/{script}\n" in makefile
        assert (ROOT / "samples" / script).is_file()


def test_there_are_pages():
    assert len(PAGES) >= 8


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (ROOT / page.parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_flags_in_examples_exist(page):
    reference = (ROOT / "docs" / "cli.md").read_text("utf-8")
    text = (ROOT / page).read_text("utf-8")
    for example in re.findall(r"colorizer-tf [a-z-]+[^\n`]*", text):
        for flag in re.findall(r"(?<= )--[a-z][a-z-]+", example):
            assert flag in reference, f"{page}: {example}"
