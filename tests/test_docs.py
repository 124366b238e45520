"""Documentation is tested: the CLI reference is --help's, every link and file it names exists."""

import ast
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
            assert re.search(rf"{flag}(?![a-z-])", reference), f"{page}: {example}"


def test_the_messages_of_troubleshooting_are_the_program_s():
    said = "\n".join(
        node.value
        for path in (ROOT / "colorizer_tf").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    told = {
        part
        for cell in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
        for message in re.findall(r"`([^`]+ [^`]+)`", cell)
        for part in re.split(r"\.\.\.|\d+", message)
        if len(part) > 8
    }
    assert len(told) > 30
    # pip's, and the tests'.
    told -= {"No matching distribution found for tensorflow", "no browser"}
    # Names that the page makes up cut a message somewhere: half of it stands in one piece.
    for part in sorted(told):
        most = max(len(part) // 2, min(len(part), 12))
        assert any(part[start : start + most] in said for start in range(len(part) - most + 1)), (
            part
        )


def test_readme_opens_with_photos_in_gray_and_in_color():
    path = ROOT / "docs" / "before-after.jpg"
    assert f"]({path.relative_to(ROOT)})" in (ROOT / "README.md").read_text("utf-8")
    assert path.stat().st_size < 300_000
    with Image.open(path) as picture:
        pixels = np.asarray(picture).astype(int)
    gray, colored = np.array_split(np.ptp(pixels, axis=-1), 2)
    assert gray.mean() < 1
    assert colored.mean() > 5
