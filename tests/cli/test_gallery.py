"""`colorize --gallery`: the page it writes, parsed and in a real browser."""

import base64
import io
import re
import shutil
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.batch import gallery
from colorizer_tf.cli.main import main
from tests.batch.painting import draw

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EVIL = "<img src=x onerror=document.title='pwned'>.png"


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def run(saved_model, tmp_path, monkeypatch):
    """Photos with an archive, a name that is markup and a broken file; and the command on them."""
    monkeypatch.chdir(tmp_path)
    draw(tmp_path / "photos" / "a.png", 1, size=(40, 30))
    draw(tmp_path / "photos" / "sub" / EVIL, 2, size=(31, 20))
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"no picture")
    with zipfile.ZipFile(tmp_path / "album.zip", "w") as archive:
        archive.write(draw(tmp_path / "z.png", 3, size=(20, 25)), "in/z.png")

    def colorize(*flags, sources=("photos", "album.zip")):
        return main(["colorize", *sources, "--model", str(saved_model), "--gallery", *flags])

    return colorize


def picture(uri):
    head, data = uri.split(",")
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_it_shows_every_photo_before_and_after(run, tmp_path, capsys):
    assert run() == 1
    assert "gallery: output/gallery.html" in capsys.readouterr().out
    text = (tmp_path / "output" / "gallery.html").read_text("utf-8")
    tags = Tags(text)
    shown = tags.of("img")
    names = [each["alt"].removesuffix(" in color") for each in shown[::2]]
    assert names == ["a.png", EVIL, "z.png"]
    before, after = (picture(shown[at]["src"]).astype(int) for at in (1, 0))
    with (
        Image.open("photos/a.png") as given,
        Image.open("output/a_colorized.png") as colored,
    ):
        for small, whole in ((before, given), (after, colored)):
            assert np.abs(small.mean((0, 1)) - np.asarray(whole).mean((0, 1))).max() < 6
            assert small.shape == (30, 40, 3)
    assert "bad.jpg</a>: not a picture in a known format" in text
    links = [unquote(each["href"]) for each in tags.of("a")]
    assert all((tmp_path / "output" / link).is_file() for link in links)
    assert "../album.zip" in links
    assert not re.search(r"(?:src|href)=\W?https?:", text)


def test_photos_of_earlier_runs_are_in_it(run, tmp_path):
    run()
    first = Tags((tmp_path / "output" / "gallery.html").read_text("utf-8"))
    assert run() == 1
    second = Tags((tmp_path / "output" / "gallery.html").read_text("utf-8"))
    assert second.of("img") == first.of("img")


def test_many_photos_get_small_pictures_and_more_get_links(run, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "SIDES", ((1, 16), (2, 8)))
    run()
    text = (tmp_path / "output" / "gallery.html").read_text("utf-8")
    sides = [max(picture(each["src"]).shape[:2]) for each in Tags(text).of("img")]
    assert sides == [8] * 4
    assert text.count("beyond the first 2 photos there are links alone") == 1
    assert len(Tags(text).of("article")) == 3


def test_another_file_of_that_name_is_kept(run, tmp_path, capsys):
    (tmp_path / "output").mkdir()
    own = tmp_path / "output" / "gallery.html"
    own.write_text("<p>my own")
    assert run() == 1
    assert "gallery.html is there already" in capsys.readouterr().err
    assert own.read_text() == "<p>my own"
    assert not (tmp_path / "output" / "a_colorized.png").exists()
    run("--overwrite")
    assert own.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_the_slider_moves_by_mouse_touch_and_keys(run, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    run()
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
        page.goto((tmp_path / "output" / "gallery.html").as_uri())
        pair = page.locator(".pair").first
        box = pair.bounding_box()
        y = box["y"] + box["height"] / 2

        def line():
            return float(pair.evaluate("e => e.style.getPropertyValue('--at')").rstrip("%"))

        page.touchscreen.tap(box["x"] + 0.2 * box["width"], y)
        assert line() == pytest.approx(20, abs=2)
        page.mouse.move(box["x"] + 0.5 * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.9 * box["width"], y)
        page.mouse.up()
        assert line() == pytest.approx(90, abs=2)
        pair.locator("input").focus()
        page.keyboard.press("Home")
        assert line() == 0
        assert page.title() == "3 photos in color"
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        browser.close()
