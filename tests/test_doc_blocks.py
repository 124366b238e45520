"""Every block of code in the pages is run, or checked as far as can be, or left out for a reason.

Commands of `colorizer-tf` go through the real parser, and those in `RUN` are run, as are the blocks
of Python: in a folder with small stand-ins for whatever the pages name.
"""

import configparser
import itertools
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from colorizer_tf.base.options import resolve
from colorizer_tf.cli.main import build_parser, main
from colorizer_tf.evaluation.onnx_format import read_description
from colorizer_tf.inference.catalog import SHIPPED, shipped_folder
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.recipes import find_recipe
from tests.batch.page_files import animation, frames
from tests.drawing import draw_photo, write_photos
from tests.video.drawing import draw_film

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("README.md", "docs/*.md", "*/README.md", "examples/*/README.md")
    for path in ROOT.glob(pattern)
)
LANGUAGES = {"sh", "python", "toml", "text"}

# Those that take a second; the others are run by the tests named.
RUN = {"build-records", "records", "models", "colorize", "compare"}
PARSED = {
    "train": "minutes at least: tests/test_train.py; its settings are resolved here",
    "export": "needs a run: tests/cli/test_export.py",
    "serve": "serves until Ctrl-C: tests/serve",
    "evaluate": "names other programs' files and commands: tests/cli/test_evaluate.py",
}
# Commands of other programs, and why they are not run here.
OTHERS = {
    "tensorboard": "serves until Ctrl-C",
    "curl": "asks a server: tests/serve and tests/test_deploy.py send the same requests",
    "docker": "fetches an image",
    "apt": "installs Java",
    "$SPARK": "starts a cluster: benchmarks/spark_cluster.py does",
    "npm": "fetches a package: make test does it, for tests/formats/test_web.py",
    "jupyter": "serves until Ctrl-C: tests/test_notebooks.py runs the notebooks",
    "find": "reads a place of the user's",
    "echo": "of TensorFlow Serving's request: tests/test_deploy.py",
    "export": "sets a variable of the shell",
    "python3": "of TensorFlow Serving's answer: tests/test_deploy.py",
    "examples/c/colorize": "tests/test_deploy.py builds and runs it",
}
# Blocks of Python that are only compiled, by a text in them, and why.
COMPILED = {
    "http://127.0.0.1:7860": "asks a server: tests/serve/test_server.py sends such a request",
    "ai_edge_litert": "needs an export of a minute: tests/formats runs such files in this way",
}


def blocks(language):
    """(page, line, text) of all blocks in a language, as test parameters."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text("utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, match.start()) + 1
            found.append(pytest.param(match[1], id=f"{page}:{line}"))
    return found


def commands(block):
    """The block's commands: words, the comment behind them, and whether they stand in a pipe."""
    waiting = ""
    for line in block.splitlines():
        waiting += line
        if waiting.endswith("\\"):
            waiting = waiting[:-1]
            continue
        try:
            lexer = shlex.shlex(waiting, posix=True, punctuation_chars="|>")
            lexer.whitespace_split = True
            words = list(lexer)
        except ValueError:  # a quotation that goes on in the next line
            waiting += "\n"
            continue
        comment, waiting = waiting.partition(" # ")[2], ""
        for is_pipe, part in itertools.groupby(words, "|".__eq__):
            if not is_pipe:
                yield list(part), comment, "|" in words


@pytest.fixture(scope="module")
def furnished(saved_model, tmp_path_factory):
    """A folder with a small one of everything that the pages name."""
    folder = tmp_path_factory.mktemp("furnished")
    rng = np.random.default_rng(5)
    for name in ("photos", "Photos", "old-albums", "albums", "held-out", "frames", "scans/1950"):
        write_photos(folder / name, 6, seed=len(name))
    for name in ("photo.jpg", "grandmother.jpg", "a.jpg", "b.png", "true.jpg", "colored.png"):
        Image.fromarray(draw_photo(rng)).save(folder / name)
    (folder / "hints.csv").write_text("photo,x,y,color\n*.jpg,50%,20%,skyblue\n", "utf-8")
    deep = draw_photo(rng).astype(np.uint16) * 257
    for name in ("scan.tif", "scans/1950/a.tif"):
        cv2.imwrite(str(folder / name), deep[..., ::-1])
    for name in ("album", "archive", "more", "train-photos", "valid-photos"):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for path in write_photos(folder / f"zipped-{name}", 4, seed=len(name)):
                archive.write(path, path.name)
    shutil.make_archive(str(folder / "more"), "gztar", folder / "zipped-more")
    for name in ("NAME", "first", "mine", "a", "b"):
        shutil.copytree(saved_model, folder / "savedmodels" / name)
    draw_film(folder / "film.mp4")
    for name, kind in (("album.tif", "TIFF"), ("clip.gif", "GIF")):
        (folder / name).write_bytes(animation(frames(3), kind))
    (folder / "training").symlink_to(ROOT / "training")
    return folder


@pytest.fixture
def place(furnished, tmp_path, monkeypatch):
    """A copy of that folder, as home and working folder."""
    shutil.copytree(furnished, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_says_what_it_is():
    for page in PAGES:
        fences = re.findall(r"^```(.*)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert set(fences[::2]) <= LANGUAGES, page
        assert set(fences[1::2]) <= {""}, page


@pytest.mark.parametrize("block", blocks("sh"))
def test_commands(block, place):
    records = "records show" in block or "records verify" in block
    if records and "build-records" not in block:
        assert main(["build-records", "photos", "--out", "tfrecords/photos", "--quiet"]) == 0
    for words, comment, piped in commands(block):
        if words[0] != "colorizer-tf":
            check_other(words)
            continue
        words = [str(Path(word).expanduser()) if word[:1] == "~" else word for word in words[1:]]
        args = build_parser().parse_args(words)
        if words[0] == "train":
            recipe = find_recipe(args.recipe) if args.recipe else None
            resolve(TrainConfig, recipe, vars(args))
        if "spark" in words:
            continue  # needs a cluster: tests/test_spark.py runs both commands on one
        if words[0] not in RUN:
            assert words[0] in PARSED
        elif not piped:
            assert main(words) == 0, words
            if "-> " in comment:
                assert (place / comment.partition("-> ")[2].removesuffix("...")).exists()


def check_other(words):
    """What a command of another program names must be there."""
    program, *rest = words
    if program in (".venv/bin/python", "python") and rest[0] != "-m":
        assert (ROOT / rest[0]).is_file()
    elif program == "make":
        folder = ROOT / rest[1] if rest[0] == "-C" else ROOT
        target = rest[0] if rest[0] != "-C" else "colorize"
        assert re.search(rf"^{target}:", (folder / "Makefile").read_text(), re.MULTILINE)
    elif program == "pip":
        check_extras(" ".join(rest))
    elif program != "python" and not program.partition("=")[0].isupper():
        assert program in OTHERS


def check_extras(text):
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    for extra in re.findall(r"\[([a-z]+)\]", text):
        assert extra in setup["options.extras_require"]


def test_every_extra_that_a_page_names_is_there():
    for page in PAGES:
        for text in re.findall(r"pip install [^`\n]*", (ROOT / page).read_text("utf-8")):
            check_extras(text)


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB.*negative Z values:UserWarning")
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("block", blocks("python"))
def test_python(block):
    compiled = compile(block, "a block of a page", "exec")
    for text, reason in COMPILED.items():
        if text in block:
            pytest.skip(reason)
    if "tfrecords" in block:
        assert main(["build-records", "photos", "--out", "tfrecords/photos", "--quiet"]) == 0
    known = {}
    exec(compiled, known)
    if "tfrecords" in block:
        lightness, ab = next(iter(known["photos"]))
        assert 0 <= float(lightness.numpy().min()) < float(lightness.numpy().max()) <= 100
        assert ab.shape == (*lightness.shape[:3], 2)
    for name in ("rgb", "colored"):
        if name in known:
            assert np.ptp(known[name].astype(int), axis=-1).mean() > 1, "it is gray"


@pytest.mark.parametrize("block", blocks("toml"))
def test_descriptions_of_onnx_files(block, tmp_path):
    path = tmp_path / "file.toml"
    path.write_text(block, "utf-8")
    read_description(path)


def test_the_models_that_the_pages_name_ship():
    for name in SHIPPED:
        assert (shipped_folder(name) / "model.json").is_file()
