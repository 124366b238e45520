"""The page that needs no server: what goes into its folder, and its colors in a real Chromium."""

import contextlib
import functools
import http.server
import io
import json
import os
import re
import shutil
import tarfile
import threading
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.export import formats
from colorizer_tf.export.formats.web import RUNTIME, VERSION, read_runtime
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.networks import unet
from tests.export.formats.conftest import PACKED

PAGE = Path(formats.__file__).with_name("page")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# The machines that run this may be busy with other things.
PATIENCE = 60_000

needs_runtime = pytest.mark.skipif(
    not PACKED.is_file(), reason=f"no {PACKED.name}: npm pack {RUNTIME}@{VERSION} makes it"
)
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no browser: apt-get install chromium")


def packed(path, content):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def other_package(tmp_path):
    return packed(tmp_path / "other.tgz", {"package/package.json": b"{}"})


def other_files(tmp_path):
    names = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
    content = {f"package/dist/{name}": b"steal()" for name in names}
    return packed(tmp_path / "onnxruntime-web-1.30.0.tgz", content)


def no_archive(tmp_path):
    (tmp_path / "text.tgz").write_text("no archive")
    return tmp_path / "text.tgz"


def cut_off(tmp_path):
    whole = packed(tmp_path / "cut.tgz", {"package/dist/x": os.urandom(5000)})
    whole.write_bytes(whole.read_bytes()[:3000])
    return whole


@pytest.mark.parametrize(
    "make", [other_package, other_files, no_archive, cut_off, lambda path: path / "missing.tgz"]
)
def test_other_runtimes_are_refused_before_anything_is_written(wild_network, tmp_path, make):
    path = make(tmp_path)
    options = ExportOptions(formats=("savedmodel", "web"), web_runtime=str(path))
    with pytest.raises(ColorizerError, match=rf"npm pack onnxruntime-web@{VERSION}"):
        export_network(wild_network, 4, tmp_path / "models" / "m", size=32, options=options)
    assert not (tmp_path / "models").exists()


def test_without_a_runtime_it_says_how_to_get_one():
    with pytest.raises(ColorizerError, match="--web-runtime"):
        read_runtime("")


def test_the_page_names_no_other_server():
    texts = {path.name: path.read_text("utf-8") for path in PAGE.iterdir()}
    assert {"index.html", "page.css", "page.js", "worker.js", "color.js"} <= set(texts)
    for name, text in texts.items():
        assert not re.search(r"(https?:)?//(?!127\.0\.0\.1)\w+\.\w", text), name
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', texts["index.html"])
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert not re.search(r"[*.:](?<!blob:)(?<!data:)", policy)


@needs_runtime
def test_the_folder_is_whole_and_counted(model):
    entry = json.loads((model / "model.json").read_text())["formats"][-1]
    assert (entry["name"], entry["file"]) == ("web", "web/model.onnx")
    assert entry["bytes"] == sum(p.stat().st_size for p in (model / "web").rglob("*.*"))
    assert entry["delta_e_mean"] <= entry["tolerance"]
    assert json.loads((model / "web" / "model.json").read_text())["name"] == "shown"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def served(model):
    handler = functools.partial(Quiet, directory=model / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def address(model):
    with served(model) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra test")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, address):
    """Opens the page on a screen; in the end nothing was asked of others, and nothing failed."""
    pages, asked, failed = [], [], []

    def open_on(width, height, address=address):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: answer.ok or failed.append(answer.url))
        page.on("console", lambda said: failed.append(said.text) if said.type == "error" else None)
        page.goto(address)
        page.locator('#model:has-text("shown")').wait_for()
        pages.append(page)
        return page

    yield open_on
    for page in pages:
        page.close()
    assert not failed
    assert not {url for url in asked if not re.match(r"(blob:)?http://127\.0\.0\.1:|data:", url)}


@pytest.fixture(scope="module")
def lively_model(tmp_path_factory):
    """Of a network with color classes, whose distribution is four times coarser than L*."""
    keras.utils.set_random_seed(1)
    network = unet((8, 16), head="classes", ab_stride=4, norm="none", temperature=0.4)
    kernel = network.get_layer("color_logits").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 2, kernel.shape))
    out = tmp_path_factory.mktemp("models") / "shown"
    options = ExportOptions(formats=("savedmodel", "onnx", "web"), web_runtime=str(PACKED))
    return export_network(network, 4, out, size=64, ab_stride=4, options=options)


def give(page, path):
    page.set_input_files("#file", path)
    page.locator('#status:has-text("Done")').wait_for()


def downloaded(page, button, folder):
    with page.expect_download() as download:
        page.click(button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def difference(path, expected):
    found = np.asarray(Image.open(path).convert("RGB"))
    assert found.shape == expected.shape
    labs = [skimage.color.rgb2lab(each) for each in (found, expected)]
    return skimage.color.deltaE_ciede2000(*labs).mean()


PHOTOS = {
    "gray": lambda: skimage.data.camera(),
    "color": lambda: skimage.data.astronaut()[:301, :451],
    "tiny": lambda: skimage.data.astronaut()[100:109, 200:221],
    "line": lambda: skimage.data.camera()[200:201],
}


@needs_runtime
@needs_chromium
@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB.*negative Z values:UserWarning")
def test_colors_are_the_command_line_s(opened, model, tmp_path):
    page = opened(1280, 900)
    colorizer = Colorizer(model)
    for name, photo in PHOTOS.items():
        Image.fromarray(photo()).save(tmp_path / f"{name}.png")
        give(page, tmp_path / f"{name}.png")
        result = downloaded(page, "#png", tmp_path)
        assert result.name == f"{name}_colorized.png"
        expected = colorizer.colorize(photo())
        assert difference(result, expected) < 0.1, name
        assert difference(result, np.asarray(Image.fromarray(photo()).convert("RGB"))) > 3, name
        page.locator("#status").evaluate("element => { element.textContent = ''; }")


@needs_runtime
@needs_chromium
def test_a_phone_turns_the_photo_and_takes_the_strength(opened, model, tmp_path):
    page = opened(390, 844)
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(skimage.data.camera()[:200]).save(path, quality=95, exif=exif)
    give(page, path)
    colorizer = Colorizer(model)
    assert difference(downloaded(page, "#png", tmp_path), colorizer.colorize(path)) < 0.2
    page.locator("#strength").focus()
    page.keyboard.press("Home")
    page.locator('#amount:text-is("0 %")').wait_for()
    page.locator('#status:has-text("Done")').wait_for()
    page.locator("body:not(.busy)").wait_for()
    gray = np.asarray(Image.open(downloaded(page, "#jpeg", tmp_path)).convert("RGB")).astype(int)
    assert gray.shape == (512, 200, 3)
    assert np.ptp(gray, axis=-1).max() <= 3
    width = page.evaluate_handle("document.documentElement").evaluate("e => e.scrollWidth")
    assert width <= 390


@needs_runtime
@needs_chromium
def test_the_slider_moves_by_keys_and_by_pointer(opened, tmp_path):
    page = opened(1280, 900)
    Image.fromarray(skimage.data.camera()).save(tmp_path / "photo.png")
    give(page, tmp_path / "photo.png")
    handle = page.locator(".handle")
    start = handle.bounding_box()["x"]
    page.keyboard.press("PageUp")
    assert handle.bounding_box()["x"] > start
    stage = page.locator("#stage").bounding_box()
    page.mouse.click(stage["x"] + stage["width"] * 0.1, stage["y"] + stage["height"] / 2)
    place = (handle.bounding_box()["x"] - stage["x"]) / stage["width"]
    assert place == pytest.approx(0.1, abs=0.03)


@needs_runtime
@needs_chromium
def test_what_is_no_photo_is_said_and_the_page_goes_on(opened, tmp_path):
    page = opened(1280, 900)
    (tmp_path / "notes.png").write_text("no picture")
    page.set_input_files("#file", tmp_path / "notes.png")
    page.locator('#status.wrong:has-text("notes.png is no picture")').wait_for()
    Image.fromarray(skimage.data.camera()).save(tmp_path / "photo.png")
    give(page, tmp_path / "photo.png")
    assert page.locator("#status.wrong").count() == 0


@needs_runtime
@needs_chromium
@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB.*negative Z values:UserWarning")
def test_a_distribution_is_read_at_any_temperature(opened, lively_model, tmp_path):
    photo, colorizer = skimage.data.astronaut()[:301, :451], Colorizer(lively_model)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    with served(lively_model) as address:
        page = opened(1280, 900, address)
        give(page, tmp_path / "photo.png")
        assert difference(downloaded(page, "#png", tmp_path), colorizer.colorize(photo)) < 0.1
        page.locator("#liveliness").focus()
        page.keyboard.press("Home")
        page.locator('#lively:text-is("0 %")').wait_for()
        page.locator("body:not(.busy)").wait_for()
        result = downloaded(page, "#png", tmp_path)
    assert difference(result, colorizer.colorize(photo, temperature=1.0)) < 0.1
    assert difference(result, colorizer.colorize(photo)) > 1


@needs_runtime
@needs_chromium
def test_without_a_distribution_nothing_is_offered(opened):
    assert not opened(1280, 900).locator("#distribution").is_visible()
