"""The page in a real Chromium: upload, color, compare, download, on a desk and on a phone."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.batch.run import colorize_files
from tests.drawing import draw_photo
from tests.serve.conftest import serving

pytest.importorskip("gradio", reason="needs the extra web")
playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra test")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no browser: apt-get install chromium")

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# The machines that run this may be busy with other things.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def server(saved_model, class_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    model = shutil.copytree(saved_model, folder / "model")
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(info | {"trained_at": 64}))
    with serving(model, folder, "--model", str(class_folder)) as process:
        yield process


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, server):
    """Opens the page on a screen; in the end nothing was asked of others, and nothing failed."""
    pages, asked, failed = [], [], []

    def open_on(screen):
        page = browser.new_page(viewport=screen)
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: answer.ok or failed.append(answer.url))
        page.on("console", lambda said: failed.append(said.text) if said.type == "error" else None)
        page.goto(server.address)
        page.wait_for_selector("#samples img")
        pages.append(page)
        return page

    yield open_on
    for page in pages:
        page.close()
    assert not failed
    strangers = {url for url in asked if not url.startswith((server.address, "data:", "blob:"))}
    assert not strangers


@pytest.fixture
def photo(rng, tmp_path):
    """A gray JPEG with a camera's name in it, larger than the screen shows."""
    exif = Image.Exif()
    exif[0x010F] = "Old Camera Works"
    path = tmp_path / "grandmother.jpg"
    gray = Image.fromarray(draw_photo(rng, 120, 180)).convert("L").resize((1800, 1200))
    gray.save(path, exif=exif)
    return path


def chroma(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return np.ptp(pixels, axis=-1).mean()


def upload(page, *paths):
    page.set_input_files("#photos input[type=file]", [str(path) for path in paths])
    page.wait_for_selector("#download")
    page.wait_for_function(
        "[...document.querySelectorAll('#slider img')].every(each => each.naturalWidth)"
    )


def drag(page, share):
    """Move the slider's handle to a share of its width; gives the picture then shown, as PNG."""
    slider = page.locator("#slider")
    box, handle = slider.bounding_box(), slider.locator(".handle, .inner").first.bounding_box()
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    return slider.screenshot()


def download(page, button):
    with page.expect_download() as coming:
        page.click(button)
    return coming.value


def written(colorizer, photo, folder):
    (done,) = colorize_files([str(photo)], folder, colorizer)
    return done.output.read_bytes()


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_photo_is_colored_compared_and_downloaded(opened, colorizer, photo, tmp_path, screen):
    page = opened(screen)
    upload(page, photo)
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    colored, gray = chroma(drag(page, 0.05)), chroma(drag(page, 0.95))
    assert colored > 2 * gray + 5
    got = download(page, "#download")
    assert got.suggested_filename == "grandmother_colorized.jpg"
    content = got.path().read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (1800, 1200)
        pixels = np.asarray(image).astype(int)
    # JPEG's loss lies between them; the file itself is the command line's.
    assert np.abs(pixels - colorizer.colorize(photo)).mean() < 3
    assert content == written(colorizer, photo, tmp_path / "out")


def test_many_photos_some_of_them_none(opened, colorizer, photo, rng, tmp_path):
    other = tmp_path / "uncle.png"
    Image.fromarray(draw_photo(rng)).save(other)
    none = tmp_path / "letter.jpg"
    none.write_bytes(b"Dear Sir or Madam")
    page = opened(DESK)
    upload(page, photo, none, other)
    page.wait_for_selector("#download-all")
    assert "letter.jpg: not a picture in a known format" in page.inner_text("#message")
    with zipfile.ZipFile(download(page, "#download-all").path()) as archive:
        assert archive.namelist() == ["grandmother_colorized.jpg", "uncle_colorized.png"]
    page.click("#gallery button >> nth=1")
    page.wait_for_selector("#download:has-text('uncle_colorized.png')")
    assert download(page, "#download").path().read_bytes() == written(
        colorizer, other, tmp_path / "out"
    )


def test_a_sample_is_colored_and_strength_counts(opened):
    page = opened(DESK)
    page.click("#samples button >> nth=2")
    page.wait_for_selector("#download:has-text('cat_colorized.jpg')")
    before = page.get_attribute("#slider img >> nth=0", "src")
    page.fill("#strength input[type=number]", "0")
    page.keyboard.press("Tab")
    page.click("#colorize")
    changed = "before => document.querySelector('#slider img').src !== before"
    page.wait_for_function(changed, arg=before)
    assert chroma(download(page, "#download").path().read_bytes()) < 1


def test_a_size_beyond_the_trained_one_is_warned_of(opened):
    page = opened(DESK)
    page.click("button:has-text('More')")
    page.wait_for_selector("#size:has-text('trained at 64')")
    assert not page.is_visible("#size-warning")
    assert not page.is_visible("#temperature")
    for size, visible in (("96", True), ("64", False)):
        page.fill("#size input[type=number]", size)
        page.keyboard.press("Tab")
        page.wait_for_selector("#size-warning", state="visible" if visible else "hidden")
        if visible:
            assert "beyond the 64 px" in page.inner_text("#size-warning")


def test_other_colors_are_chosen_by_keyboard_on_a_phone(opened, class_model, photo):
    page = opened(PHONE)
    assert not page.is_visible("#answers")
    page.click("#model input")
    page.click("[role=option]:has-text('classes')")
    upload(page, photo)
    page.wait_for_selector("#answers")
    page.fill("#variant-count input[type=number]", "2")
    page.fill("#seed input", "5")
    page.focus("#vary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#variants button:has-text('Seed 6') img")
    page.focus("#variants button:has-text('Seed 6')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#download:has-text('grandmother_colorized-2.jpg')")
    with Image.open(download(page, "#download").path()) as image:
        pixels = np.asarray(image).astype(int)
    expected = class_model.variants(photo, 1, 6)[0]
    assert np.abs(pixels - expected).mean() < 3
    page.check("#confidence input")
    page.wait_for_selector("#slider img[src*='confidence.jpg']", state="attached")
    page.uncheck("#confidence input")
    page.wait_for_selector("#slider img[src*='before.jpg']", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_film_is_colored_and_played(opened, tmp_path):
    pytest.importorskip("av", reason="needs the extra video")
    from tests.video.drawing import draw_film, frames_of

    film = draw_film(tmp_path / "holiday.mp4", frames=12)
    page = opened(PHONE)
    upload(page, film)
    page.wait_for_function("document.querySelector('#player video').readyState > 0")
    assert page.evaluate("document.querySelector('#player video').videoWidth") == 64
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    got = download(page, "#download")
    assert got.suggested_filename == "holiday_colorized.mp4"
    assert len(frames_of(got.path())) == 12
    page.click("#samples button >> nth=2")
    page.wait_for_selector("#download:has-text('cat_colorized.jpg')")
    assert not page.is_visible("#player")
