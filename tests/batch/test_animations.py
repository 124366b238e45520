"""Animations come out animated, with their timing; read back by Pillow and libvips."""

import base64
import io
import shutil

import numpy as np
import pytest
import pyvips
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.batch.options import ColorizeOptions
from tests.batch.page_files import animation, frames
from tests.batch.painting import color

MILLISECONDS = [40, 50, 60, 70, 80, 90]


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model, size=16)


def shown(path):
    """The frames of a file, RGBA, their times, and its loop."""
    with Image.open(path) as image:
        pictures, times = [], []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            pictures.append(np.asarray(image.convert("RGBA")))
            times.append(round(image.info["duration"]))
        return pictures, times, image.info.get("loop")


def luma(picture):
    return picture[..., :3] @ np.array([0.299, 0.587, 0.114])


# The most that the mean luma of a frame may move: of codes with a loss, and of 256 colors.
@pytest.mark.parametrize(
    ("format_name", "suffix", "loop", "most"),
    [
        ("GIF", ".gif", 0, 6),
        ("WEBP", ".webp", 3, 6),
        ("PNG", ".png", 2, 4),
        ("AVIF", ".avif", 0, 6),
    ],
)
def test_animations_keep_frames_times_and_loop(
    colorizer, tmp_path, format_name, suffix, loop, most
):
    pictures = frames()
    settings = {} if format_name == "AVIF" else {"loop": loop}
    path = tmp_path / f"a{suffix}"
    path.write_bytes(animation(pictures, format_name, duration=MILLISECONDS, **settings))
    (result,) = color(path, tmp_path / "out", colorizer)
    assert (result.status, result.output.name) == ("done", f"a_colorized{suffix}")
    made, times, made_loop = shown(result.output)
    assert times == MILLISECONDS
    assert made_loop == (None if format_name == "AVIF" else loop)
    for old, new in zip(pictures, made, strict=True):
        assert new.shape[:2] == old.shape
        assert np.abs(luma(new) - old).mean() < 25
        assert np.ptp(new[..., :3].astype(int), axis=-1).max() > 20, "in color"
    if format_name in ("GIF", "WEBP"):
        by_libvips = pyvips.Image.new_from_file(str(result.output), n=-1)
        assert by_libvips.get("n-pages") == 6
        page = by_libvips.crop(0, 5 * 48, 64, 48).numpy()
        assert np.abs(page[..., :3].astype(int) - made[5][..., :3]).mean() < most


def test_files_of_all_kinds_at_once_do_not_wait_for_each_other(colorizer, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    gif, tiff = animation(frames(2), "GIF", duration=40), animation(frames(2), "TIFF")
    for number in range(12):
        (folder / f"{number}.gif").write_bytes(gif)
        (folder / f"{number}.tif").write_bytes(tiff)
        Image.fromarray(frames(1)[0]).save(folder / f"{number}.png")
    results = color(str(folder), tmp_path / "out", colorizer, workers=2)
    assert [result.status for result in results] == ["done"] * 36


def test_color_is_steady_over_frames(colorizer, tmp_path):
    """The same point keeps its color better than if each frame is colored alone."""
    noise = np.random.default_rng(0)
    still = frames(1)[0].astype(int)
    pictures = [np.clip(still + noise.normal(0, 6, still.shape), 0, 255) for _ in range(8)]
    pictures = [picture.astype(np.uint8) for picture in pictures]
    (tmp_path / "a.png").write_bytes(animation(pictures, "PNG", duration=40))
    (result,) = color(tmp_path / "a.png", tmp_path / "out", colorizer)
    made = [picture[..., :3].astype(float) for picture in shown(result.output)[0]]
    alone = [colorizer.colorize(picture).astype(float) for picture in pictures]

    def flicker(colored):
        chroma = np.stack([each - luma(each)[..., None] for each in colored])
        return np.abs(np.diff(chroma, axis=0)).mean()

    assert flicker(made) < 0.6 * flicker(alone)


def test_frames_that_are_not_named_stay_gray(colorizer, tmp_path):
    (tmp_path / "a.png").write_bytes(animation(frames(), "PNG", duration=MILLISECONDS))
    options = ColorizeOptions(pages="3-4")
    (result,) = color(tmp_path / "a.png", tmp_path / "out", colorizer, options=options)
    made, times, _ = shown(result.output)
    assert times == MILLISECONDS
    gray = [bool((each[..., :3] == each[..., :1]).all()) for each in made]
    assert gray == [True, True, False, False, True, True]
    np.testing.assert_array_equal(made[0][..., 0], frames()[0])


def test_clear_parts_stay_clear(colorizer, tmp_path):
    pictures = []
    for number, gray in enumerate(frames(4)):
        alpha = np.full(gray.shape, 255, np.uint8)
        alpha[:, 10 * number : 10 * number + 20] = 0
        pictures.append(np.dstack([gray, gray, gray, alpha]))
    for format_name, suffix in (("GIF", ".gif"), ("WEBP", ".webp"), ("PNG", ".png")):
        path = tmp_path / f"{format_name}{suffix}"
        extra = {"disposal": 2} if format_name == "GIF" else {}
        path.write_bytes(animation(pictures, format_name, duration=100, **extra))
        (result,) = color(path, tmp_path / "out", colorizer)
        made, times, _ = shown(result.output)
        assert times == [100] * 4
        for old, new in zip(pictures, made, strict=True):
            np.testing.assert_array_equal(new[..., 3] < 128, old[..., 3] < 128)


def test_an_animation_becomes_another_that_holds_frames(colorizer, tmp_path):
    (tmp_path / "a.gif").write_bytes(animation(frames(), "GIF", duration=MILLISECONDS))
    (result,) = color(
        tmp_path / "a.gif", tmp_path / "out", colorizer, options=ColorizeOptions(format="png")
    )
    made, times, loop = shown(result.output)
    # This GIF is shown once.
    assert (len(made), times, loop) == (6, MILLISECONDS, 1)
    options = ColorizeOptions(format="jpeg")
    (refused,) = color(tmp_path / "a.gif", tmp_path / "out2", colorizer, options=options)
    assert refused.reason.startswith("jpeg holds one picture, and it has 6 pages")


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animations_cut_short_are_refused(colorizer, tmp_path, format_name):
    content = animation(frames(), format_name, duration=40)
    (tmp_path / "a").write_bytes(content[: len(content) * 2 // 3])
    (result,) = color(tmp_path / "a", tmp_path / "out", colorizer)
    assert result.status == "failed"
    assert not (tmp_path / "out" / "a_colorized.png").exists()


def test_what_says_who_colored_it(colorizer, tmp_path):
    for format_name, mark in (("GIF", "comment"), ("WEBP", "xmp"), ("PNG", "xmp"), ("AVIF", "xmp")):
        path = tmp_path / format_name
        path.write_bytes(animation(frames(2), format_name, duration=40))
        (result,) = color(path, tmp_path / "out", colorizer)
        with Image.open(io.BytesIO(result.output.read_bytes())) as image:
            assert b"neural network (model wild)" in image.info[mark], format_name


# How a browser takes a sequence apart: frames, and rounds after the first one (null: for ever).
_DECODE = """async data => {
    const decoder = new ImageDecoder({data: Uint8Array.from(atob(data), c => c.charCodeAt(0)),
                                      type: "image/avif"});
    await decoder.tracks.ready;
    const track = decoder.tracks.selectedTrack;
    return [track.frameCount, isFinite(track.repetitionCount) ? track.repetitionCount : null];
}"""


def test_a_sequence_is_shown_as_often_as_before(colorizer, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra test")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not chromium:
        pytest.skip("no browser: apt-get install chromium")
    for_ever = animation(frames(3), "AVIF", duration=100)
    # In milliseconds, of the track and of the film: all rounds of the edit list's 300 together.
    assert for_ever.count(b"\xff" * 8) == 2
    (tmp_path / "2.avif").write_bytes(for_ever.replace(b"\xff" * 8, (600).to_bytes(8, "big")))
    (tmp_path / "ever.avif").write_bytes(for_ever)
    results = color([tmp_path / "2.avif", tmp_path / "ever.avif"], tmp_path / "out", colorizer)
    contents = [base64.b64encode(each.output.read_bytes()).decode() for each in results]
    (as_png,) = color(
        tmp_path / "2.avif", tmp_path / "png", colorizer, options=ColorizeOptions(format="png")
    )
    assert shown(as_png.output)[2] == 2
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        # Only pages from a server may decode.
        page.route("http://localhost/", lambda route: route.fulfill(body="<p>"))
        page.goto("http://localhost/")
        assert [page.evaluate(_DECODE, each) for each in contents] == [[3, 1], [3, None]]
        browser.close()
