"""Films over HTTP and on the page: in color within the limits, and harmless beyond them."""

import io
import socket
import time

import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av", reason="needs the extra video")
pytest.importorskip("gradio", reason="needs the extra web")

from colorizer_tf.base.errors import ImageError  # noqa: E402
from colorizer_tf.serve import clips, page_results  # noqa: E402
from colorizer_tf.serve.options import ServeOptions  # noqa: E402
from colorizer_tf.serve.page_events import PageEvents  # noqa: E402
from colorizer_tf.serve.service import ColorizeService  # noqa: E402
from colorizer_tf.video.film import color_film  # noqa: E402
from colorizer_tf.video.kinds import film_suffix  # noqa: E402
from colorizer_tf.video.names import SUFFIXES  # noqa: E402
from colorizer_tf.video.options import FilmOptions  # noqa: E402
from tests.serve.conftest import listening  # noqa: E402
from tests.video.drawing import FRAMES, draw_film, frames_of, packets_of  # noqa: E402


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return draw_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def bad_worker(monkeypatch):
    monkeypatch.setattr(clips, "WORKER", "tests.serve.bad_worker")


def pixels(frames):
    return [frame.to_ndarray(format="yuv420p") for frame in frames]


def left(web):
    return [path for path in web.files.folder.rglob("*") if path.suffix in (*SUFFIXES, ".part")]


def test_gives_the_film_that_the_command_line_writes(visit, colorizer, film, tmp_path):
    web = visit()
    answer = web.post("/api/colorize?strength=0.8", content=film.read_bytes())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    got, wanted = tmp_path / "got.mp4", tmp_path / "wanted.mp4"
    got.write_bytes(answer.content)
    color_film(film, wanted, colorizer, FilmOptions(), strength=0.8)
    np.testing.assert_array_equal(pixels(frames_of(got)), pixels(frames_of(wanted)))
    assert packets_of(got, "audio") == packets_of(film, "audio")
    assert not left(web)


def test_limits_on_length_size_and_bytes(visit, film):
    web = visit(max_clip_seconds=1, max_megapixels=1, max_megabytes=1)
    long = web.post("/api/colorize", content=film.read_bytes())
    assert long.status_code == 413
    assert "2.0 s, expected at most 1 s" in long.json()["error"]
    large = web.post("/api/colorize", content=_one_frame(1100, 1000))
    assert large.status_code == 413
    assert "1100 x 1000 pixels" in large.json()["error"]
    assert web.post("/api/colorize", content=bytes(2**20 + 1)).status_code == 413
    assert web.get("/api/models").json()["limits"]["clip_seconds"] == 1
    assert not left(web)


def _one_frame(width, height):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        gray = np.full((height, width), 99, np.uint8)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="gray")))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def test_what_is_no_sound_film_or_not_for_films_is_named(visit, film):
    web = visit()
    content = film.read_bytes()
    broken = web.post("/api/colorize", content=content[: len(content) // 2])
    assert broken.status_code == 415
    assert str(web.files.folder) not in broken.text
    for query in ("restore=all", "seed=1", "confidence=true", "hints=[]", "size=100000"):
        refused = web.post(f"/api/colorize?{query}", content=content)
        assert refused.status_code == 400, query
        assert refused.json()["error"].startswith(query.partition("=")[0])
    assert not left(web)
    none = clips.ClipProcesses(ServeOptions(max_clip_seconds=0))
    with pytest.raises(ImageError, match="takes none"):
        none.takes(content)
    none.close()


@pytest.mark.usefixtures("bad_worker")
def test_a_film_that_crashes_its_process_or_takes_too_long_costs_no_more(visit, film):
    web = visit(max_clip_minutes=0.02)
    crashed = web.post("/api/colorize?strength=0", content=film.read_bytes())
    assert crashed.status_code == 415
    assert crashed.json()["error"] == "its decoder crashed (signal 6)"
    slow = web.post("/api/colorize", content=film.read_bytes())
    assert slow.status_code == 413
    assert "longer than 0.02 minutes" in slow.json()["error"]
    assert web.get("/api/models").status_code == 200
    assert not left(web)


@pytest.mark.usefixtures("bad_worker")
def test_a_client_that_leaves_ends_the_work_on_its_film(visit, film, monkeypatch):
    monkeypatch.setattr(clips, "WAITING", 0)
    web, content = visit(), film.read_bytes()
    with listening(web.app) as port:
        head = b"POST /api/colorize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(head % len(content) + content)
            assert _until(lambda: left(web))
            assert web.post("/api/colorize", content=content).status_code == 503
        # The next one is colored: by this worker, it crashes.
        asked = "/api/colorize?strength=0"
        assert _until(lambda: web.post(asked, content=content).status_code == 415)
    assert not left(web)


def _until(holds):
    deadline = time.monotonic() + 20
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return held


def test_the_page_plays_the_film_and_tells_how_far_it_is(visit, colorizer, film, monkeypatch):
    # The film takes a second.
    monkeypatch.setattr(page_results, "_SECONDS_A_LOOK", 0.05)
    web = visit()
    service = ColorizeService([colorizer], ServeOptions())
    told = []
    answers = PageEvents(service, web.files).colorize(
        [str(film)], "", 1.0, False, 32, None, "same", lambda *at, **_: told.append(at[0])
    )
    slider, player, download, _, _, message, results, shown, panel, *_ = list(answers)[-1]
    service.close()
    assert not message.visible
    (result,) = results
    assert result is shown and not panel.visible
    assert len(told) > 2
    assert result.file.name == "film_colorized.mp4"
    assert len(frames_of(result.file)) == FRAMES
    assert str(result.file.parent) in player.value and player.visible
    assert download.value["path"] == str(result.file)
    gray, color = (np.asarray(Image.open(path)).astype(int) for path in slider)
    assert np.ptp(color, axis=-1).mean() > 2 * np.ptp(gray, axis=-1).mean() + 5
    address = f"/gradio_api/file={result.file}"
    part = web.get(address, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (b"\0\0\0\x18ftypisom", ".mp4"),
        (b"\0\0\0\x14ftypqt  ", ".mov"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", ""),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", ""),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", ".webm"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", ".mkv"),
        (b"RIFF\0\0\0\0AVI LIST", ".avi"),
        (b"RIFF\0\0\0\0WEBPVP8X", ""),
        ((b"G" + bytes(187)) * 5, ".ts"),
        ((bytes(4) + b"G" + bytes(187)) * 5, ".m2ts"),
        (b"GIF89a", ""),
        (b"#EXTM3U\n#EXTINF:9,\n/etc/passwd", ""),
        (b"", ""),
    ],
)
def test_films_are_told_by_their_first_bytes(start, suffix):
    assert film_suffix(start) == suffix
