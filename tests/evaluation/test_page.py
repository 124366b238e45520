"""`report.html` in a real browser: Debian's chromium, headless."""

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from colorizer_tf.evaluation.options import EvaluationOptions
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.evaluation.report import write_reports
from colorizer_tf.evaluation.requests import Request
from colorizer_tf.evaluation.run import evaluate
from tests.drawing import write_photos

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
EVIL = "<img src=x onerror=document.title='pwned'>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report of two entries, one with a name that is markup, over photos with such a name."""
    photos = tmp_path_factory.mktemp("photos")
    paths = write_photos(photos, 14)
    paths[0].rename(paths[0].with_name(f"{EVIL.replace('/', '')}.png"))
    dull = tmp_path_factory.mktemp("dull")
    for path in photos.rglob("*.png"):
        target = dull / path.relative_to(photos)
        target.parent.mkdir(exist_ok=True)
        rgb = cv2.imread(str(path)).astype(float)
        mixed = 0.7 * rgb + 0.3 * rgb.mean(-1, keepdims=True)
        cv2.imwrite(str(target), mixed.round().astype(np.uint8))
    out = tmp_path_factory.mktemp("report")
    requests = [Request("folder", "same", str(photos)), Request("folder", EVIL, str(dull))]
    found = evaluate(
        FilePhotos([photos]), requests, EvaluationOptions(resamples=100, pictures=8), shown=False
    )
    write_reports(found, out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text("utf-8")


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_it_needs_no_network_and_says_so_to_the_browser(page):
    tags = Tags(page).found
    for tag, attributes in tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            address = attributes.get(name, "#")
            assert address.startswith(("data:image/webp;base64,", "#")), (tag, address)
    assert not re.search(r"url\((?!#)|@import|https?://", page)
    policies = [a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies
    assert policies[0].startswith("default-src 'none'")


def test_names_stay_text(page):
    assert html.escape(EVIL, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')
    assert not [a for t, a in Tags(page).found if "onerror" in a]


def test_scores_by_folder_are_those_of_its_photos(folder, page):
    rows = json.loads((folder / "report.json").read_text("utf-8"))["rows"]
    (line,) = re.findall(r"\| meadow \|(.*)\|", (folder / "report.md").read_text("utf-8"))
    photos, gray, ratio, better = line.split("|")[:4]
    scores = [row["scores"] for row in rows if row["photo"].startswith("meadow/")]
    sums = {name: sum(each[name]["delta_e"] for each in scores) for name in ("gray", EVIL)}
    assert int(photos) == len(scores) == 7
    assert float(gray) == pytest.approx(sums["gray"] / 7, abs=0.006)
    assert (float(ratio), float(better)) == (0, 1)
    assert f"| {sums[EVIL] / sums['gray']:.3f} | 1.00" in line
    assert 'id="folders"' in page


def test_pictures_are_few_small_and_described(page):
    pictures = [a for t, a in Tags(page).found if t == "img"]
    assert 4 * 4 <= len(pictures) <= 4 * 8
    assert all(len(a["alt"]) > 5 for a in pictures)
    assert max(len(a["src"]) for a in pictures) < 20_000
    assert max(int(a["width"]) for a in pictures) <= 192


def test_the_markdown_says_the_same(folder):
    text = (folder / "report.md").read_text("utf-8")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    gray = report["entries"][0]["figures"]["delta_e"]
    assert f"{gray['value']:.2f} [{gray['low']:.2f}, {gray['high']:.2f}]" in text
    assert "\\<img" in text
    assert not re.search(r"(?<!\\)<img", text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    # Bars that the names hold are escaped: every row of the first table has as many cells.
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows[:10]}) == 1


def browse(tmp_path, *arguments):
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}",
    ]  # fmt: skip
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, timeout=120, check=True
    )
    return done.stdout.decode()


PROBE = """
<script>
const found = {title: document.title};
const table = document.querySelector("#scores table");
const column = () => Array.from(table.tBodies[0].rows, (row) => row.cells[1].dataset.value);
const button = table.tHead.rows[0].cells[1].querySelector("button");
button.focus();
found.focused = document.activeElement === button;
button.click();
found.rising = column();
button.click();
found.falling = column();
found.sort = button.closest("th").getAttribute("aria-sort");
const filter = document.getElementById("filter");
found.groups = Array.from(filter.options, (option) => option.value);
filter.value = found.groups[1];
filter.dispatchEvent(new Event("change"));
found.left = document.querySelectorAll(".photo:not([hidden])").length;
const drawn = (image) => image.naturalWidth > 0 || !image.complete;
found.loaded = Array.from(document.images).every(drawn);
found.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
const out = document.createElement("pre");
out.id = "probe";
out.textContent = JSON.stringify(found);
document.body.append(out);
</script>
"""


@needs_chromium
def test_sorting_filtering_and_a_narrow_window_work_in_the_browser(page, tmp_path):
    probed = tmp_path / "probed.html"
    probed.write_text(page.replace("</body>", PROBE + "</body>"), "utf-8")
    dom = browse(tmp_path, "--dump-dom", "--window-size=400,900", f"file://{probed}")
    text = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL).group(1)
    found = json.loads(html.unescape(text))
    assert found["title"] == "Colorizers compared on 14 photos"
    numbers = [float(value) for value in found["rising"] if value]
    assert numbers == sorted(numbers)
    assert len(numbers) == 5
    assert found["rising"][-1] == found["falling"][-1] == ""
    assert [float(value) for value in found["falling"] if value] == numbers[::-1]
    assert found["sort"] == "descending"
    assert found["focused"]
    assert f"worst of {EVIL}" in found["groups"]
    assert found["left"] == 1
    assert found["loaded"]
    assert found["overflow"] == 0


@needs_chromium
@pytest.mark.parametrize(("scheme", "dark"), [(0, True), (1, False)])
def test_it_is_drawn_in_light_and_in_dark(folder, tmp_path, scheme, dark):
    shot = tmp_path / "shot.png"
    browse(
        tmp_path,
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={shot}",
        "--window-size=1280,1600",
        f"file://{folder / 'report.html'}",
    )
    picture = cv2.imread(str(shot)).astype(float)
    assert picture.shape[:2] == (1600, 1280)
    assert (picture[:4].mean() < 60) == dark
    assert (np.median(picture) < 60) == dark
    # Both kinds of plots are there: the accent's blue over the page's gray.
    blue = picture[..., 0] - picture[..., 2]
    assert (blue > 25).mean() > 0.0005
